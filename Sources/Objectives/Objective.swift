import Models
import Tensors

/// One training method: named loss terms over one forward pass of a backbone.
///
/// Objectives own no loop and no state; everything random comes from ``TrainingBatch/draws``.
public protocol Objective {
  /// What the batch that starts with a given image of the run must bring along.
  func needs(_ backbone: any Backbone, atImage image: Int, isTraining: Bool) -> BatchNeeds

  /// The loss of a batch.
  ///
  /// - Parameter routing: the token routing of this run, if any.
  func evaluate(
    _ batch: TrainingBatch, backbone: any Backbone, routing: (any TokenRouting)?
  ) throws -> ObjectiveValue
}

extension Objective {
  /// Nothing but the items.
  public func needs(_ backbone: any Backbone, atImage image: Int, isTraining: Bool) -> BatchNeeds {
    .itemsAlone
  }
}

/// What an objective computed for a batch.
public struct ObjectiveValue {
  /// The number to minimise, one element.
  public let total: Tensor
  /// The terms it is the weighted sum of, one element each, in a fixed order.
  public let terms: [(name: String, value: Tensor)]
  /// The main term per image, `[batch]`, for the loss per time bin.
  public let perImage: Tensor
  /// The time each image was noised to; 0 is data.
  public let times: [Double]

  /// Collects the parts.
  public init(
    total: Tensor, terms: [(name: String, value: Tensor)], perImage: Tensor, times: [Double]
  ) {
    self.total = total
    self.terms = terms
    self.perImage = perImage
    self.times = times
  }

  /// Adds weighted terms to the mean of a main loss per image.
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
