import Models
import Tensors

/// A training method: named loss terms over one forward pass of a backbone.
///
/// Objectives have no loop and no state; all random numbers come from ``TrainingBatch/draws``.
public protocol Objective {
  /// What a batch that starts with image number `image` of the run must contain.
  func needs(_ backbone: any Backbone, atImage image: Int, isTraining: Bool) -> BatchNeeds

  /// The loss of a batch.
  ///
  /// - Parameter routing: the token routing of this run, if any.
  func evaluate(
    _ batch: TrainingBatch, backbone: any Backbone, routing: (any TokenRouting)?
  ) throws -> ObjectiveValue
}

extension Objective {
  /// By default nothing besides the items.
  public func needs(_ backbone: any Backbone, atImage image: Int, isTraining: Bool) -> BatchNeeds {
    .itemsAlone
  }
}

/// The loss of a batch.
public struct ObjectiveValue {
  /// The loss, one element.
  public let total: Tensor
  /// The unweighted terms of the loss, one element each, in a fixed order.
  public let terms: [(name: String, value: Tensor)]
  /// The main loss per image, `[batch]`, for the loss per time bin.
  public let perImage: Tensor
  /// The time to which each image was noised; 0 is data.
  public let times: [Double]

  /// Creates a value from its parts.
  public init(
    total: Tensor, terms: [(name: String, value: Tensor)], perImage: Tensor, times: [Double]
  ) {
    self.total = total
    self.terms = terms
    self.perImage = perImage
    self.times = times
  }

  /// Adds weighted terms to the mean of a per-image main loss.
  init(
    main: (name: String, perImage: Tensor), terms: [any LossTerm], of pass: ForwardPass,
    times: [Double]
  ) throws {
    var total = try main.perImage.mean()
    var logged = [(main.name, total)]
    for term in terms {
      let value = try term.value(of: pass)
      logged.append((term.name, value))
      total = try total + value * term.weight
    }
    self.init(total: total, terms: logged, perImage: main.perImage, times: times)
  }
}
