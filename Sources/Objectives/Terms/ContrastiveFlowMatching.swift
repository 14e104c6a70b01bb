import Diagnostics
import Models
import Tensors

/// Contrastive flow matching: pushes the predicted velocity away from that of another item.
///
/// The negative mean squared distance to the velocity of the previous item in a group of fixed
/// size; the first item of a group is compared with the last. Groups are formed by image number, so
/// they do not depend on how a batch is split. No gradient flows through the other velocity.
/// - Source: arXiv 2506.05350, with SR-DiT's choice of the other item: the previous row of one device's
///   batch, which has 32 rows there.
/// - Departs: as in SR-DiT, sampling does not correct for the mean that the term pushes predictions
///   away from.
public struct ContrastiveFlowMatching: LossTerm {
  /// The name in logs.
  public let name = "contrastive"
  /// The weight of the term in the sum.
  public var weight: Double
  /// The number of images per group; 0 for the whole batch.
  public var imagesPerGroup: Int

  /// The previous item in the group.
  public var needs: BatchNeeds { BatchNeeds(neighbourGroup: imagesPerGroup) }

  /// Creates a term.
  public init(weight: Double = 0.05, imagesPerGroup: Int = 0) {
    self.weight = weight
    self.imagesPerGroup = imagesPerGroup
  }

  /// The negative mean squared distance between the velocities.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if a batch or group has fewer than two items.
  public func value(of pass: ForwardPass) throws -> Tensor {
    let flow = try pass.requireFlow(for: name)
    guard let neighbours = flow.neighbours else {
      throw PeregrineError(
        .usage, doing: "comparing each picture with another of its batch", found: "no other",
        expected: "batches and groups of at least 2")
    }
    let velocity = try flow.velocity(of: neighbours.clean, neighbours.noise).item
    return try -(flow.predictedVelocity() - velocity).squared().mean()
  }
}
