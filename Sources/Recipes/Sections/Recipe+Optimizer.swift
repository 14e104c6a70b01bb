import Diagnostics
import DiffusionMath
import Models
import Nets

extension Recipe {
  /// The optimizer and the averages of weights.
  public struct Optimizer: Codable, Equatable, Sendable {
    /// AdamW, or Muon for the matrices inside the transformer and AdamW for the rest.
    public var method = Method.adamW
    /// The peak learning rate of AdamW.
    public var learningRate = 1e-4
    /// The number of images over which the learning rate grows linearly from 0.
    public var warmupImages = 0
    /// The number of images at the end over which the learning rate falls linearly to 0.
    public var cooldownImages = 0
    /// The decay of the first moment.
    public var beta1 = 0.9
    /// The decay of the second moment.
    public var beta2 = 0.999
    /// The value added to the square root of the second moment.
    public var epsilon = 1e-8
    /// Decoupled weight decay, relative to the learning rate.
    public var weightDecay = 0.0
    /// The peak learning rate of Muon, with the same warm-up and cool-down.
    public var muonLearningRate = 1e-3
    /// The decay of Muon's momentum.
    public var muonMomentum = 0.95
    /// Decoupled weight decay of the weights that Muon updates, relative to its learning rate.
    public var muonWeightDecay = 0.0
    /// The maximum global norm of the gradients; 0 does not clip.
    public var gradientClip = 1.0
    /// The decay of the exponential moving average of weights, per step.
    public var emaDecay = 0.9999
    /// Whether the average moves faster at the start: the decay is at most (1 + step) / (10 + step).
    public var emaWarmup = false
    /// The relative lengths of the power-function averages that are kept for `ema-sweep`, such as
    /// 0.05 and 0.10. See `schedule.snapshot_every_images`.
    public var emaProfiles: [Double] = []

    /// An optimization method.
    public enum Method: String, CaseIterable, Codable, Sendable {
      case adamW = "adamw"
      case muon
    }
    enum CodingKeys: String, CodingKey {
      case method
      case learningRate = "learning_rate"
      case warmupImages = "warmup_images"
      case cooldownImages = "cooldown_images"
      case beta1, beta2, epsilon
      case weightDecay = "weight_decay"
      case muonLearningRate = "muon_learning_rate"
      case muonMomentum = "muon_momentum"
      case muonWeightDecay = "muon_weight_decay"
      case gradientClip = "gradient_clip"
      case emaDecay = "ema_decay"
      case emaWarmup = "ema_warmup"
      case emaProfiles = "ema_profiles"
    }

    static let accepted: [String: Accepted] = [
      "method": .cases(of: Method.self),
      "ema_profiles": .words("different relative lengths, such as `0.05, 0.10`"),
    ]
  }

  /// Makes the optimizer, with zero moments, for the trainable parameters among `parameters`.
  package func makeOptimizer(_ parameters: [NamedParameter]) throws -> any Nets.Optimizer {
    let adamW = AdamW.Options(
      beta1: optimizer.beta1, beta2: optimizer.beta2, epsilon: optimizer.epsilon,
      weightDecay: optimizer.weightDecay)
    switch optimizer.method {
    case .adamW:
      return try AdamW(parameters, adamW)
    case .muon:
      let muon = Muon.Options(
        momentum: optimizer.muonMomentum, weightDecay: optimizer.muonWeightDecay,
        iterationDType: computationDType)
      return try MuonWithAdamW(
        parameters, muon: muon, adamW: adamW,
        relativeRate: optimizer.muonLearningRate / optimizer.learningRate)
    }
  }

  /// The decay of the moving average at a step, counted from 1.
  package func emaDecay(atStep step: Int) -> Double {
    let step = Double(step)
    return optimizer.emaWarmup
      ? min(optimizer.emaDecay, (1 + step) / (10 + step)) : optimizer.emaDecay
  }

  /// Rejects duplicate lengths of averages, and lengths that no power function can have.
  ///
  /// - Throws: ``PeregrineError`` `.usage`.
  func checkAverages() throws {
    let lengths = optimizer.emaProfiles
    guard Set(lengths).count == lengths.count else {
      throw PeregrineError(
        .usage, doing: "checking the recipe",
        found: "`optimizer.ema_profiles: \(lengths)`",
        expected: "different relative lengths, such as `[0.05, 0.10]`")
    }
    for length in lengths { _ = try PowerFunctionAverage(relativeDeviation: length) }
  }

  /// Rejects weight decay for a backbone that keeps its weights at a fixed magnitude.
  ///
  /// - Throws: ``PeregrineError`` `.usage`.
  func requireNoDecayOfFixedMagnitudes() throws {
    let decays = [
      ("weight_decay", optimizer.weightDecay),
      ("muon_weight_decay", optimizer.method == .muon ? optimizer.muonWeightDecay : 0),
    ]
    guard let (key, value) = decays.first(where: { $0.1 != 0 }),
      try Backbones.configuration(preset: model.preset)
        .keepsWeightMagnitudes
    else { return }
    throw PeregrineError(
      .usage, doing: "checking the recipe",
      found: "`optimizer.\(key): \(value)` for `model.preset: \(model.preset)`",
      expected: "0, because this family holds the magnitude of its weights fixed",
      advice: "Leave weight decay out; the learning rate alone decides how fast weights turn.")
  }

  var optimizerRules: [Rule] {
    [
      Self.rule("optimizer.learning_rate", optimizer.learningRate, .learningRate),
      (
        "optimizer.learning_rate", optimizer.learningRate,
        optimizer.method != .muon || optimizer.learningRate > 0, "above 0 with Muon"
      ),
      Self.rule("optimizer.muon_learning_rate", optimizer.muonLearningRate, .learningRate),
      Self.rule("optimizer.warmup_images", optimizer.warmupImages, .images),
      Self.rule("optimizer.cooldown_images", optimizer.cooldownImages, .images),
      Self.rule("optimizer.epsilon", optimizer.epsilon, .unit),
      Self.rule("optimizer.weight_decay", optimizer.weightDecay, .factor),
      Self.rule("optimizer.muon_weight_decay", optimizer.muonWeightDecay, .factor),
      (
        "optimizer.muon_momentum", optimizer.muonMomentum,
        (0..<1).contains(optimizer.muonMomentum), "from 0 to below 1"
      ),
      ("optimizer.beta1", optimizer.beta1, (0..<1).contains(optimizer.beta1), "from 0 to below 1"),
      ("optimizer.beta2", optimizer.beta2, (0..<1).contains(optimizer.beta2), "from 0 to below 1"),
      (
        "optimizer.ema_decay", optimizer.emaDecay, (0...1).contains(optimizer.emaDecay),
        "from 0 to 1"
      ),
      Self.rule("optimizer.gradient_clip", optimizer.gradientClip, Bounds(0...1e12)),
    ]
  }
}
