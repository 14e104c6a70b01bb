import Diagnostics
import DiffusionMath
import Objectives

extension Recipe {
  /// The loss.
  public struct Objective: Codable, Equatable, Sendable {
    /// The path from data to noise.
    public var path = DiffusionPath.linear
    /// What the network predicts: velocity, noise or clean data.
    public var prediction = PredictionTarget.velocity
    /// The space of the squared error.
    public var loss = PredictionTarget.velocity
    /// The lower bound of the divisor when predictions are converted; 0 is exact.
    public var floor = 0.0
    /// The distribution of training times.
    public var time = Time.uniform
    /// For `logit_normal`: the mean of the logit of time. Time 0 is data, so positive means noisier.
    public var timeMean = 0.0
    /// For `logit_normal`: the standard deviation of the logit of time.
    public var timeDeviation = 1.0
    /// The factor of the time shift, in training and sampling; 1 is no shift.
    public var timeShift = 1.0
    /// The probability that all conditions of an item are dropped, for classifier-free guidance.
    public var labelDrop = 0.1
    /// The weight of the velocity direction loss; 0 is off, LightningDiT uses 1.
    public var directionWeight = 0.0
    /// The standard deviation of the noise, in training and sampling; JiT uses the picture's side
    /// over 256.
    public var noiseScale = 1.0
    /// How many noise candidates are drawn per item, of which the nearest is used; 1 is plain noise.
    public var noiseCandidates = 1

    /// A family of time distributions.
    public enum Time: String, CaseIterable, Codable, Sendable {
      case uniform
      case logitNormal = "logit_normal"
    }
    enum CodingKeys: String, CodingKey {
      case path, prediction, loss, floor, time
      case timeMean = "time_mean"
      case timeDeviation = "time_deviation"
      case timeShift = "time_shift"
      case labelDrop = "label_drop"
      case directionWeight = "direction_weight"
      case noiseScale = "noise_scale"
      case noiseCandidates = "noise_candidates"
    }

    /// Path, prediction target, floor, noise scale and time shift, which training and sampling share.
    public var formulation: FlowFormulation {
      var flow = FlowFormulation()
      flow.path = path
      flow.prediction = prediction
      flow.floor = floor
      flow.noiseScale = noiseScale
      flow.shift = TimeShift(factor: timeShift)
      return flow
    }

    static let accepted: [String: Accepted] = [
      "path": .cases(of: DiffusionPath.self),
      "prediction": .cases(of: PredictionTarget.self),
      "loss": .cases(of: PredictionTarget.self),
      "time": .cases(of: Time.self),
    ]
  }

  /// The loss.
  package func makeObjective() -> any Objectives.Objective {
    var flow = FlowMatching()
    flow.formulation = objective.formulation
    flow.loss = objective.loss
    flow.conditionDrop = objective.labelDrop
    flow.times =
      switch objective.time {
      case .uniform: .uniform
      case .logitNormal:
        .logitNormal(mean: objective.timeMean, standardDeviation: objective.timeDeviation)
      }
    flow.noiseCandidates = objective.noiseCandidates
    flow.terms = lossTerms
    return flow
  }

  var objectiveRules: [Rule] {
    [
      (
        "objective.label_drop", objective.labelDrop, (0...1).contains(objective.labelDrop),
        "a probability"
      ),
      Self.rule("objective.direction_weight", objective.directionWeight, .factor),
      Self.rule("objective.noise_scale", objective.noiseScale, .factor.above),
      Self.rule("objective.noise_candidates", objective.noiseCandidates, Bounds(1...1_024)),
      ("objective.floor", objective.floor, (0..<1).contains(objective.floor), "from 0 to below 1"),
      Self.rule("objective.time_mean", objective.timeMean, Bounds(-100...100)),
      Self.rule("objective.time_deviation", objective.timeDeviation, Bounds(0...100).above),
      Self.rule("objective.time_shift", objective.timeShift, .factor.above),
    ]
  }
}
