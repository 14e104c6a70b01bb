import Datasets
import Diagnostics
import Encoders
import FileAccess
import Foundation
import Nets
import Scores
import Tensors

/// The features of a dataset's pictures for one network, computed once and stored on disk.
///
/// They are stored as shards in a folder named by the hash of the pictures, the network's weights
/// and the preparation of pictures, so that a change of any of them gives other features. An
/// interrupted extraction continues after its last shard. Every file is kept with its hash: a damaged
/// one is reported and computed again.
public struct FeatureExtraction {
  /// The pictures.
  public let pictures: any PictureDataset
  /// The hash of every byte of the pictures.
  public let contentHash: String
  private let named: NamedFeatureNetwork
  private let folder: URL

  /// The number of pictures per forward pass.
  public var batchSize = 16
  /// Called with what was found damaged on disk and is computed again.
  public var warn: (PeregrineError) -> Void = { _ in }
  private static let shardRows = 1_024
  /// The number of pictures read at a time.
  private static let groupSize = 128

  /// Prepares an extraction without computing anything.
  ///
  /// - Parameter cache: the folder for features and hashes.
  public init(_ pictures: any PictureDataset, _ named: NamedFeatureNetwork, cache: URL) throws {
    self.pictures = pictures
    self.named = named
    contentHash = try pictures.contentHash(memo: cache.appendingPathComponent("content"))
    let identity = [
      "features 1", contentHash, named.network.name, named.weightsSha256,
      named.network.input.description, named.device == .cpu ? "cpu" : "cuda",
    ]
    folder = cache.appendingPathComponent("features").appendingPathComponent(
      String(sha256(of: Data(identity.joined(separator: "\n").utf8)).prefix(32)))
  }

  /// Computes the missing features of some outputs for the first `count` pictures.
  ///
  /// - Parameter progress: called with the number of pictures done and in total; returns whether to
  ///   continue.
  /// - Throws: ``PeregrineError`` `.interrupted` when asked to stop; finished shards are kept.
  public func extract(
    _ outputs: Set<FeatureOutput>, count: Int, progress: (Int, Int) -> Bool
  ) throws {
    for start in stride(from: 0, to: count, by: Self.shardRows) {
      let rows = start..<min(start + Self.shardRows, count)
      let missing = try outputs.filter { try keptShard($0, rows) == nil }
      guard !missing.isEmpty else { continue }
      try write(missing, rows, total: count, progress)
    }
  }

  /// The features of an output for the first `count` pictures, `[count, width]` in float32; they
  /// must have been extracted before.
  public func features(_ output: FeatureOutput, count: Int) throws -> Tensor {
    try Tensor.concatenated(
      stride(from: 0, to: count, by: Self.shardRows).map { start in
        try shard(output, start..<min(start + Self.shardRows, count))
      }, dim: 0)
  }

  /// Mean and covariance of an output for the first `count` pictures; also stored on disk.
  public func statistics(
    _ output: FeatureOutput, count: Int, progress: (Int, Int) -> Bool
  ) throws -> GaussianStatistics {
    let kept = KeptFile(
      folder.appendingPathComponent("statistics-\(output.rawValue)-\(count).safetensors"))
    if try isUsable(kept), let file = try? SafetensorsFile(kept.url),
      let mean = try? file.tensor("mean"), let covariance = try? file.tensor("covariance")
    {
      return try GaussianStatistics(mean: mean, covariance: covariance, count: count)
    }
    try extract([output], count: count, progress: progress)
    var moments = FeatureMoments()
    for start in stride(from: 0, to: count, by: Self.shardRows) {
      try moments.add(shard(output, start..<min(start + Self.shardRows, count)))
    }
    let statistics = try moments.statistics()
    try kept.write {
      try SafetensorsFile.write(
        [("mean", statistics.mean), ("covariance", statistics.covariance)], to: $0)
    }
    return statistics
  }

  /// The classes of the first `count` pictures.
  public func labels(count: Int) throws -> [Int] { try (0..<count).map(pictures.label) }

  // MARK: Shards

  private func file(_ output: FeatureOutput, _ rows: Range<Int>) -> KeptFile {
    KeptFile(
      folder.appendingPathComponent(
        String(format: "%@-%08d.safetensors", output.rawValue, rows.lowerBound)))
  }

  /// The rows of an existing shard; if it has more rows than requested, the first of them.
  private func shard(_ output: FeatureOutput, _ rows: Range<Int>) throws -> Tensor {
    try SafetensorsFile(file(output, rows).url).tensor("features").sliced(0, 0..<rows.count)
  }

  /// The rows of a shard; `nil` if there is none of so many rows, or a damaged one.
  private func keptShard(_ output: FeatureOutput, _ rows: Range<Int>) throws -> Tensor? {
    guard try isUsable(file(output, rows)) else { return nil }
    return try? shard(output, rows)
  }

  private func isUsable(_ kept: KeptFile) throws -> Bool {
    let state = try kept.state
    if state == .damaged { warn(kept.damage(advice: "It is computed again.")) }
    return state == .intact
  }

  private func write(
    _ outputs: Set<FeatureOutput>, _ rows: Range<Int>, total: Int, _ progress: (Int, Int) -> Bool
  ) throws {
    var parts: [FeatureOutput: [Tensor]] = [:]
    try goOn(progress, rows.lowerBound, total)
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.groupSize) {
      let group = start..<min(start + Self.groupSize, rows.upperBound)
      let values = try named.network(
        group.map(pictures.picture), outputs, device: named.device, batch: batchSize)
      for (output, value) in values { try parts[output, default: []].append(value.to(.float32)) }
      try goOn(progress, group.upperBound, total)
    }
    for (output, tensors) in parts {
      try file(output, rows).write {
        try SafetensorsFile.write(
          [("features", Tensor.concatenated(tensors, dim: 0).to(.float32, on: .cpu))], to: $0)
      }
    }
  }

  private func goOn(_ progress: (Int, Int) -> Bool, _ done: Int, _ total: Int) throws {
    guard !progress(done, total), done < total else { return }
    throw PeregrineError(
      .interrupted, doing: "computing features of `\(pictures.summary.name)`",
      found: "a request to stop after \(done) of \(total)",
      advice: "The same command goes on from the last finished shard.")
  }
}
