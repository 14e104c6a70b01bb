import Tensors

/// A weighted part of a loss, beside the error of the item itself.
///
/// Each term is a file of its own and knows no other; an ``Objective`` adds them up and logs each.
public protocol LossTerm: Sendable {
  /// The name in logs.
  var name: String { get }
  /// What the term is multiplied by in the sum.
  var weight: Double { get }
  /// What the term reads of a batch beside its items.
  var needs: BatchNeeds { get }
  /// Whether the forward pass must project tokens into the teacher's space.
  var needsProjections: Bool { get }
  /// Whether the term is in the loss of a batch that starts with a given image of the run.
  func isActive(atImage image: Int) -> Bool
  /// The term before its weight, one element.
  func value(of pass: ForwardPass) throws -> Tensor
}

extension LossTerm {
  /// Nothing but the items.
  public var needs: BatchNeeds { .itemsAlone }
  /// No projections.
  public var needsProjections: Bool { false }
  /// Always.
  public func isActive(atImage image: Int) -> Bool { true }
}
