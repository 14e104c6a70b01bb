/// The formulation of a flow, which training and sampling share.
///
/// - Time: `t = 0` is data, `t = 1` is noise.
public struct FlowFormulation: Codable, Equatable, Hashable, Sendable {
  /// The path from data to noise.
  public var path = DiffusionPath.linear
  /// What the network predicts.
  public var prediction = PredictionTarget.velocity
  /// The lower bound of the divisor when a prediction is converted to another target; 0.05 in JiT
  /// and JLT.
  public var floor = 0.0
  /// The standard deviation of the noise; JiT uses the picture's side over 256.
  public var noiseScale = 1.0
  /// The time shift, applied to times drawn in training and to the time grid in sampling.
  public var shift = TimeShift.none

  /// Creates SiT's formulation: linear path, velocity prediction.
  public init() {}

  /// The conversion of the network's output to another target at time `t`.
  public func conversion(to target: PredictionTarget, at t: Double) -> LinearCombination {
    path.conversion(from: prediction, to: target, at: t, floor: floor)
  }
}
