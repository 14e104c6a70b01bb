import Diagnostics

extension Recipe {
  /// A key with its value, whether the value is in range, and the expected range.
  typealias Rule = (key: String, value: Any, holds: Bool, expected: String)

  /// Checks everything that types do not express.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the first key out of range.
  func validate() throws {
    let rules =
      trainingRules + dataRules + objectiveRules + termRules + modelRules + routingRules
      + optimizerRules + scheduleRules + evaluationRules + previewRules
    for (key, value, holds, expected) in rules where !holds {
      throw PeregrineError(
        .usage, doing: "checking the recipe", found: "`\(key): \(value)`", expected: expected)
    }
    try checkCompatibility()
    try checkAverages()
    try requireNoDecayOfFixedMagnitudes()
    try requireDivisor()
  }

  /// Rejects conversions that divide by 0.
  private func requireDivisor() throws {
    // Converting a clean or noise prediction divides by a weight that is 0 at one end of the path.
    // A sampler converts a noise prediction exactly at that end.
    let divides = objective.prediction == .clean && objective.loss != .clean
    guard objective.floor > 0 || !(divides || objective.prediction == .noise) else {
      throw PeregrineError(
        .usage, doing: "checking the recipe",
        found: "`objective.prediction: \(objective.prediction.rawValue)` with "
          + "`objective.loss: \(objective.loss.rawValue)` and `objective.floor: 0`",
        expected: "a floor above 0, because the conversion divides by a weight that reaches 0",
        advice: "JiT and JLT use `objective.floor: 0.05`.")
    }
  }
}
