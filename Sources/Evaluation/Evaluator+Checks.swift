import Diagnostics
import Encoders

extension Evaluator {
  /// Rejects evaluations that are known to be impossible or misleading, before any picture is
  /// sampled or read.
  ///
  /// - Parameter count: the number of pictures to be scored.
  /// - Throws: ``PeregrineError`` `.usage`, naming the metric.
  public func check(count: Int) throws {
    guard !metrics.isEmpty else {
      throw PeregrineError(.usage, doing: "scoring pictures", found: "no metric")
    }
    for metric in metrics {
      for output in metric.outputs { try check(metric, output) }
      if metric.isFrechet { try checkSampleCount(metric, count) }
      if metric.isPaired, count > reference.pictures?.summary.count ?? 0 {
        throw PeregrineError(
          .usage, doing: "comparing pictures one by one for `\(metric.rawValue)`",
          found:
            "\(reference.pictures?.summary.count ?? 0) pictures in the reference `\(reference.name)`",
          expected: "\(count), one for each picture")
      }
    }
  }

  private func check(_ metric: Metric, _ output: FeatureOutput) throws {
    guard let network = network?.network else {
      throw PeregrineError(
        .usage, doing: "measuring `\(metric.rawValue)`", found: "no feature network",
        expected: "one", advice: "Name it with its weights.")
    }
    guard network.outputs[output] != nil else {
      throw PeregrineError(
        .usage, doing: "measuring `\(metric.rawValue)`",
        found: "the network \(network.name), which has "
          + network.outputs.keys.map(\.rawValue).sorted().joined(separator: ", "),
        expected: "one with the output `\(output.rawValue)`")
    }
    try checkReference(metric, output)
  }

  private func checkReference(_ metric: Metric, _ output: FeatureOutput) throws {
    guard metric.isFrechet || metric.needsReferenceFeatures, reference.pictures == nil,
      !(metric.isFrechet && reference.hasStatistics(output))
    else { return }
    let names = metric.isFrechet ? Reference.statisticsNames(output) : nil
    throw PeregrineError(
      .usage, doing: "measuring `\(metric.rawValue)` against `\(reference.name)`",
      found: "mean and covariance only",
      expected: "pictures" + (names.map { ", or `\($0.mean)` and `\($0.covariance)`" } ?? ""),
      advice: "Ask for `fd`, or name a reference with pictures.")
  }

  private func checkSampleCount(_ metric: Metric, _ count: Int) throws {
    let output = metric == .sfid ? FeatureOutput.spatial : .pooled
    let needed = 2 * (network?.network.outputs[output] ?? 0)
    let known = reference.statisticsCount(output)
    guard min(count, known ?? .max) < needed, !allowsFewSamples else { return }
    throw PeregrineError(
      .usage, doing: "measuring `\(metric.rawValue)`",
      found: "\(count) pictures"
        + (known.map { " against \($0)" } ?? ""),
      expected: "at least \(needed) on each side, twice the width of the features",
      advice: "Use more pictures, or `kid`, which has no such bias; "
        + "or allow few samples, and the protocol will say so.")
  }
}
