import Foundation

/// Metrics for comparing runs: the held-out loss, or a score by its name.
public enum RaceMetric {
  /// The loss on held-out data with the averaged weights, without routing and dropped labels.
  public static let heldOutLoss = "held_out_loss"

  /// A metric's name in a sentence.
  static func words(for metric: String) -> String {
    metric == heldOutLoss ? "held-out loss" : metric
  }

  /// Whether a metric is a Fréchet distance, which retraining alone moves by 1.3 %.
  public static func isDistance(_ metric: String) -> Bool {
    metric.hasPrefix("fd") || metric == "sfid"
  }

  /// Whether a metric is a distance, so that recipes can be compared by it.
  static func lowerIsBetter(_ metric: String) -> Bool {
    isDistance(metric) || [heldOutLoss, "kid", "relative_l1"].contains(metric)
  }

  /// The value used in comparisons: the logarithm for Fréchet distances, the unchanged value for
  /// others.
  static func scale(_ value: Double, _ metric: String) -> Double {
    isDistance(metric) ? log(value) : value
  }
}
