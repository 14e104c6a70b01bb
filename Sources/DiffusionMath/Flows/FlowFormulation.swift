/// What training and sampling of a flow must agree on.
///
/// - Time: `t = 0` is data, `t = 1` is noise.
public struct FlowFormulation: Codable, Equatable, Hashable, Sendable {
  /// The path from data to noise.
  public var path = DiffusionPath.linear
  /// What the network's output means.
  public var prediction = PredictionTarget.velocity
  /// The least divisor when the output is converted to another target; 0.05 in JiT and JLT.
  public var floor = 0.0
  /// The standard deviation of the noise; JiT has the picture's side over 256.
  public var noiseScale = 1.0
  /// Applied to times that are drawn in training, and to the grid of times in sampling.
  public var shift = TimeShift.none

  /// SiT's: linear path, velocity.
  public init() {}

  /// How an output of the network becomes another target at a time.
  public func conversion(to target: PredictionTarget, at t: Double) -> LinearCombination {
    path.conversion(from: prediction, to: target, at: t, floor: floor)
  }
}
