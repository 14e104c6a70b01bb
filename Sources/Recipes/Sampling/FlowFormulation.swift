import DiffusionMath

/// What a run trains, as far as drawing from it needs to know.
public struct FlowFormulation: Codable, Equatable, Sendable {
  /// The path from data to noise.
  public var path: DiffusionPath
  /// What the network's output means.
  public var prediction: PredictionTarget
  /// The least divisor when the output is converted.
  public var floor: Double
  /// The deviation of the noise.
  public var noiseScale: Double
  /// The factor of the time shift.
  public var timeShift: Double
}

extension Recipe.Objective {
  /// What is trained.
  public var flow: FlowFormulation {
    FlowFormulation(
      path: path, prediction: prediction, floor: floor, noiseScale: noiseScale,
      timeShift: timeShift)
  }
}
