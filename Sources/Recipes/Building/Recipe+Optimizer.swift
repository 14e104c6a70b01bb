import Diagnostics
import DiffusionMath
import Models
import Nets

extension Recipe {
  /// The optimizer, with zero moments for the trainable ones of `parameters`.
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

  /// The share of the average that stays at a step, counted from 1.
  package func emaDecay(atStep step: Int) -> Double {
    let step = Double(step)
    return optimizer.emaWarmup
      ? min(optimizer.emaDecay, (1 + step) / (10 + step)) : optimizer.emaDecay
  }

  /// The relative lengths that `optimizer.ema_profiles` names.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a text that names none, or one twice.
  package func averageLengths() throws -> [Double] {
    guard !optimizer.emaProfiles.isEmpty else { return [] }
    let lengths = optimizer.emaProfiles.split(separator: ",", omittingEmptySubsequences: false)
      .map { Double($0.filter { $0 != " " }) }
    let known = lengths.compactMap { $0 }
    guard known.count == lengths.count, Set(known).count == known.count else {
      throw PeregrineError(
        .usage, doing: "checking the recipe",
        found: "`optimizer.ema_profiles: \(optimizer.emaProfiles)`",
        expected: "different relative lengths, such as `0.05, 0.10`")
    }
    for length in known { _ = try PowerFunctionAverage(relativeDeviation: length) }
    return known
  }

  /// Refuses weight decay for a backbone that holds its weights at a fixed magnitude.
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
}
