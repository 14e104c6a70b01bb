import Tensors

/// LightningDiT's direction loss: the predicted velocity at each position should point in the
/// direction of the true one.
///
/// One minus the cosine similarity over the channels, averaged over positions and rows.
/// - Source: LightningDiT, arXiv 2501.01423, whose public code adds it to the squared error with
///   weight 1.
public struct VelocityDirection: LossTerm {
  /// The name in logs.
  public let name = "velocity_direction"
  /// The weight of the term in the sum.
  public var weight: Double

  /// Creates a term.
  public init(weight: Double = 1) { self.weight = weight }

  /// One minus the mean cosine similarity.
  public func value(of pass: ForwardPass) throws -> Tensor {
    let flow = try pass.requireFlow(for: name)
    let truth = try flow.velocity(of: flow.clean, flow.noise).item
    return try 1 - cosines(flow.predictedVelocity(), truth, dim: 1).mean()
  }
}
