import Diagnostics

/// Checks a setting of a policy when a trajectory begins.
///
/// - Throws: ``PeregrineError`` `.usage` if it does not hold, naming the setting, its value and the
///   values that can be used.
func requireSetting(
  _ holds: Bool, _ name: String, _ value: some Any, expected: String, advice: String = ""
) throws {
  guard !holds else { return }
  throw PeregrineError(
    .usage, doing: "preparing a cache policy", found: "\(name) \(value)", expected: expected,
    advice: advice)
}

extension CacheDecision {
  /// The decision about a step without a number to decide by: the network is computed, because there
  /// is nothing to compare with (`nil`) or because the number is not finite.
  static func full(without number: Double?) -> CacheDecision {
    .full(number == nil ? .noAnchor : .notFinite)
  }

  /// The decision of a schedule that is known in advance.
  static func scheduled(full: Bool) -> CacheDecision {
    full ? .full(.schedule) : .forecast(.schedule)
  }
}
