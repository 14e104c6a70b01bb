import Foundation

/// Metrics that runs are compared by: the held-out loss, or a score by its name.
public enum RaceMetric {
  /// The loss of the held-out part with the averaged weights, nothing routed or dropped.
  public static let heldOutLoss = "held_out_loss"

  /// Whether a metric is a Fréchet distance, which retraining alone moves by 1.3 %.
  public static func isDistance(_ metric: String) -> Bool {
    metric.hasPrefix("fd") || metric == "sfid"
  }

  /// Whether recipes can be compared by a metric as by a distance.
  static func lowerIsBetter(_ metric: String) -> Bool {
    isDistance(metric) || [heldOutLoss, "kid", "relative_l1"].contains(metric)
  }

  /// A metric as it is compared: Fréchet distances by their logarithm, all others as they are.
  static func scale(_ value: Double, _ metric: String) -> Double {
    isDistance(metric) ? log(value) : value
  }
}
