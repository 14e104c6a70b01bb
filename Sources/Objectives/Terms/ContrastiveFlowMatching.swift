import Diagnostics
import Models
import Tensors

/// Contrastive flow matching: the predicted velocity shall lie far from another item's.
///
/// The negative mean squared distance to the velocity of the item before, within groups of a fixed size
/// whose first item is compared with the last. Groups are counted in images of the run, so they do not
/// depend on how a batch is split. The other velocity carries no gradient.
/// - Source: arXiv 2506.05350, with SR-DiT's choice of the other item: the row before in the batch of
///   one device, 32 there.
/// - Departs: there is no correction at sampling for the mean that the term pushes predictions away from;
///   nor is there in SR-DiT.
public struct ContrastiveFlowMatching: LossTerm {
  /// The name in logs.
  public let name = "contrastive"
  /// What the term is multiplied by in the sum.
  public var weight: Double
  /// Images per group; 0 takes the whole batch.
  public var imagesPerGroup: Int

  /// A neighbour in the group.
  public var needs: BatchNeeds { BatchNeeds(neighbourGroup: imagesPerGroup) }

  /// A term of a given weight.
  public init(weight: Double = 0.05, imagesPerGroup: Int = 0) {
    self.weight = weight
    self.imagesPerGroup = imagesPerGroup
  }

  /// The negative mean squared distance.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for fewer than two rows: there is no other then.
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
