import Diagnostics

extension Recipe {
  /// A key with its value, whether the value is in range, and the expected range.
  typealias Rule = (key: String, value: Any, holds: Bool, expected: String)

  /// The rule that a number is within bounds.
  static func rule<Value: Comparable & Sendable>(
    _ key: String, _ value: Value, _ bounds: Bounds<Value>
  ) -> Rule {
    (key, value, bounds.contains(value), bounds.words)
  }

  /// The rule that each number of a list is within bounds, and that the list is not long.
  static func rule<Value: Comparable & Sendable>(
    _ key: String, each values: [Value], _ bounds: Bounds<Value>
  ) -> Rule {
    (key, values, values.count <= 64 && values.allSatisfy(bounds.contains), "each \(bounds.words)")
  }

  /// Checks everything that types do not express.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the first key out of range.
  func validate() throws {
    let rules =
      trainingRules + dataRules + objectiveRules + termRules + modelRules + routingRules
      + optimizerRules + scheduleRules + evaluationRules + previewRules
    try Self.check(rules, doing: "checking the recipe")
    try checkCompatibility()
    try checkAverages()
    try requireNoDecayOfFixedMagnitudes()
    try requireDivisor()
  }

  /// Throws for the first rule that does not hold.
  static func check(_ rules: [Rule], doing: String) throws {
    guard let failed = rules.first(where: { !$0.holds }) else { return }
    throw PeregrineError(
      .usage, doing: doing, found: "`\(failed.key): \(failed.value)`", expected: failed.expected)
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
