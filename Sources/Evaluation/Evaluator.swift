import Datasets
import Diagnostics
import Encoders
import FileAccess
import Foundation
import Scores
import Tensors

/// How pictures are scored: the scores, the feature network and the reference.
///
///     let reference = try Reference("photos", size: 256)
///     let evaluator = Evaluator(network: network, reference: reference, cache: cache)
///     let result = try evaluator.score(pictures, count: 5_000) { stage, done, total in true }
public struct Evaluator {
  /// The scores.
  public var metrics: [Metric] = [.kid, .fd]
  /// The feature network; not needed for scores that compare pictures pixel by pixel.
  public var network: NamedFeatureNetwork?
  /// The reference.
  public var reference: Reference
  /// The pictures that are searched for neighbours; `nil` for those of the reference.
  public var neighbourPictures: (any PictureDataset)?
  /// The folder where features are stored.
  public var cache: URL
  /// The number of pictures per block of the kernel distance. 0 gives one estimate over all pairs,
  /// without an error; `nil` means ``KernelDistance/usualBlockSize(generated:reference:)``.
  public var blockSize: Int?
  /// The number of pictures in the smallest subset when the Fréchet distance is extrapolated.
  public var smallestSubset = 5_000
  /// Whether to give distances for fewer pictures than twice the features' width.
  public var allowsFewSamples = false
  /// The seed of blocks and subsets.
  public var seed: UInt64 = 0
  /// The number of pictures per forward pass of the feature network.
  public var batchSize = 16
  /// Called with what was found damaged on disk and is made again.
  public var warn: (PeregrineError) -> Void = { _ in }

  /// The stages of an evaluation, for progress displays.
  public enum Stage: Sendable {
    /// A run is sampling pictures.
    case drawing
    /// Computing features of the scored pictures.
    case features
    /// Computing features of the reference.
    case referenceFeatures
    /// Computing distances of growing subsets; counts random orders, not pictures.
    case extrapolating
  }

  /// Called with the stage and the number of pictures done and in total; returns whether to continue.
  public typealias Progress = (Stage, Int, Int) -> Bool

  /// Creates an evaluator of kernel and Fréchet distance.
  public init(network: NamedFeatureNetwork?, reference: Reference, cache: URL) {
    self.network = network
    self.reference = reference
    self.cache = cache
  }

  /// The default folder for features: `$XDG_CACHE_HOME/peregrine`, or `~/.cache/peregrine`.
  public static var defaultCache: URL {
    let environment = ProcessInfo.processInfo.environment
    let base =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : URL(fileURLWithPath: $0) }
      ?? homeFolder.appendingPathComponent(".cache")
    return base.appendingPathComponent("peregrine")
  }

  /// Scores the first `count` pictures.
  ///
  /// - Parameters:
  ///   - count: the number of pictures; `nil` for all.
  ///   - origin: how the pictures were made; part of every score's protocol.
  ///   - subject: what is scored; may differ between compared scores.
  /// - Throws: ``PeregrineError`` `.usage` or `.badData` for scores that would be misleading or
  ///   cannot be computed, `.interrupted` if `progress` says to stop; the same call then continues
  ///   from what is on disk.
  public func score(
    _ pictures: any PictureDataset, count wanted: Int? = nil,
    origin: [(name: String, value: String)] = [("pictures_from", "given pictures")],
    subject: [String: String] = [:], progress: @escaping Progress
  ) throws -> EvaluationResult {
    let count = wanted ?? pictures.summary.count
    guard count > 0, count <= pictures.summary.count else {
      throw PeregrineError(
        .usage, doing: "scoring `\(pictures.summary.name)`",
        found: "\(pictures.summary.count) pictures", expected: "the \(count) that are to be scored")
    }
    let facts = pictures.summary
    let pass = EvaluationPass(self, pictures, count: count, origin: origin, progress: progress)
    // First, because it names the picture without a partner, where the check can only count.
    if metrics.contains(where: \.isPaired) { _ = try pass.pairing.get() }
    try check(count: count, classNames: facts.classNames, shape: facts.itemShape)
    let start = ContinuousClock.now
    let scores = try metrics.flatMap(pass.scores)
    try pass.prepareNeighbours()
    var subject = subject
    subject["pictures"] = pictures.summary.name
    subject["content"] = try String(pictures.contentHash(memo: contentMemo).prefix(16))
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let record = ScoreRecord(
      subject: subject, scores: scores,
      made: [
        "at": ISO8601DateFormatter().string(from: Date()),
        "seconds": String(format: "%.1f", seconds),
        "device": network?.device.description ?? "cpu",
      ])
    return EvaluationResult(
      record: record, pictures: pictures, count: count,
      extrapolation: pass.extrapolation, evaluator: self)
  }

  var contentMemo: URL { cache.appendingPathComponent("content") }
}
