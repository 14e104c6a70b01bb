import Tensors

/// A weighted term that is added to an objective's main loss.
///
/// Each term has its own file and knows no other term. An ``Objective`` adds them up and logs each.
public protocol LossTerm: Sendable {
  /// The name in logs.
  var name: String { get }
  /// The weight of the term in the sum.
  var weight: Double { get }
  /// What the term needs of a batch besides its items.
  var needs: BatchNeeds { get }
  /// Whether the forward pass must project tokens to the teacher's token space.
  var needsProjections: Bool { get }
  /// Whether the term is used for a batch that starts with image number `image` of the run.
  func isActive(atImage image: Int) -> Bool
  /// The value of the term without its weight, one element.
  func value(of pass: ForwardPass) throws -> Tensor
}

extension LossTerm {
  /// By default nothing besides the items.
  public var needs: BatchNeeds { .itemsAlone }
  /// By default `false`.
  public var needsProjections: Bool { false }
  /// By default always.
  public func isActive(atImage image: Int) -> Bool { true }
}
