import Tensors

/// LightningDiT: the predicted velocity of each place shall point where the true one points.
///
/// One minus the cosine over the channels, mean over places and rows.
/// - Source: LightningDiT, arXiv 2501.01423, whose public code adds it to the squared error with weight 1.
public struct VelocityDirection: LossTerm {
  /// The name in logs.
  public let name = "velocity_direction"
  /// What the term is multiplied by in the sum.
  public var weight: Double

  /// A term of a given weight.
  public init(weight: Double = 1) { self.weight = weight }

  /// The mean over places and rows.
  public func value(of pass: ForwardPass) throws -> Tensor {
    let flow = try pass.requireFlow(for: name)
    let truth = try flow.velocity(of: flow.clean, flow.noise).item
    return try 1 - cosines(flow.predictedVelocity(), truth, dim: 1).mean()
  }
}
