import Diagnostics
import Encoders
import Samples

extension Evaluator {
  /// Rejects evaluations that are known to be impossible or misleading, before any picture is
  /// sampled or read.
  ///
  /// - Parameters:
  ///   - count: the number of pictures to be scored.
  ///   - classNames: their classes; `nil` if these are not known yet.
  ///   - shape: channels, height and width of each; `nil` if these are not known yet.
  /// - Throws: ``PeregrineError`` `.usage`, naming the metric.
  public func check(count: Int, classNames: [String]? = nil, shape: ItemShape? = nil) throws {
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
      guard let classNames else { continue }
      if metric == .accuracy { _ = try classifierClasses(of: classNames) }
      if metric == .neighbourAccuracy { _ = try referenceClasses(of: classNames) }
    }
    try checkSize(shape)
  }

  /// Resizing one side and not the other changes every score, so both must have one size.
  private func checkSize(_ shape: ItemShape?) throws {
    guard metrics.contains(where: { $0 != .inceptionScore && $0 != .accuracy }),
      let own = shape?.dimensions, let theirs = reference.pictures?.summary.itemShape.dimensions,
      own.dropFirst() != theirs.dropFirst()
    else { return }
    throw PeregrineError(
      .usage, doing: "comparing pictures with `\(reference.name)`",
      found: "\(own[2])x\(own[1]) pixels and \(theirs[2])x\(theirs[1]) in the reference",
      expected: "one size",
      advice:
        "Ask for it with `--size`, in a recipe with `evaluation.size`; pictures of a run have "
        + "the size that it was trained on.")
  }

  /// The classes of the network's classifier for the classes of pictures.
  func classifierClasses(of names: [String]) throws -> ClassCorrespondence {
    let network = network?.network
    let known = network?.classNames ?? (0..<(network?.outputs[.logits] ?? 0)).map(String.init)
    return try ClassCorrespondence(
      of: (names, "the pictures"), among: (known, "the network"),
      doing: "measuring class accuracy",
      advice: "Use `neighbour_accuracy`, or a classifier of these classes.")
  }

  /// The classes of the reference for the classes of pictures.
  func referenceClasses(of names: [String]) throws -> ClassCorrespondence {
    try ClassCorrespondence(
      of: (names, "the pictures"),
      among: (reference.pictures?.summary.classNames ?? [], "the reference"),
      doing: "measuring the accuracy of nearest neighbours",
      advice: "Name a reference with the classes of the pictures.")
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
