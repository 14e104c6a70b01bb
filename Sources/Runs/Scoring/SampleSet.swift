import Crypto
import Datasets
import Diagnostics
import Evaluation
import FileAccess
import Foundation
import Models
import Nets
import Pictures
import Recipes
import RunFiles
import Samples

/// Pictures drawn from a run to be scored, kept in the run's folder: drawing goes on where it stopped.
///
/// The folder is named by the images seen and by a hash of everything that decides about the pictures:
/// weights, drawing, classes, seed. They are an ``NPYDataset`` that any other tool can read.
public struct SampleSet {
  /// The folder; scores of the set lie in it, the pictures in `pictures/`.
  public let folder: URL
  private let sampling: PictureSampling
  private let drawing: Drawing
  private let label: (Int) -> Int
  private let seed: UInt64
  private let classNames: [String]

  private static let shardRows = 256

  /// Names a set; nothing is drawn yet.
  ///
  /// - Parameters:
  ///   - sampling: the weights in use; their values are hashed.
  ///   - labels: the policy's name and what it says, which must belong together.
  public init(
    _ sampling: PictureSampling, drawing: Drawing, labels: (policy: LabelPolicy, of: (Int) -> Int),
    seed: UInt64, classNames: [String], images: Int, in run: RunLayout
  ) throws {
    self.sampling = sampling
    self.drawing = drawing
    self.seed = seed
    self.classNames = classNames
    label = labels.of
    var hash = SHA256()
    try hash.update(sampling.backbone.state)
    hash.update(data: try drawing.decisions(labels: labels.policy))
    // The classes that `reference` gives depend on the reference; a stretch of them tells it apart.
    hash.update(data: Data("\(seed) \((0..<1_000).map(labels.of))".utf8))
    let digest = hash.finalize().prefix(4).map { String(format: "%02x", $0) }.joined()
    folder = run.sampleSet(atImages: images, key: digest)
  }

  /// Draws what is missing of the first `count` pictures and opens them.
  ///
  /// - Parameter progress: told the pictures done and in all; returns whether to go on.
  /// - Throws: ``PeregrineError`` `.interrupted` when told to stop; finished shards are kept.
  public func draw(
    count: Int, batchSize: Int, progress: (Int, Int) -> Bool
  ) throws -> any PictureDataset {
    let pictures = RunLayout.pictures(ofSampleSet: folder)
    try AtomicFile.write(
      JSONEncoder().encode(classNames), to: pictures.appendingPathComponent("set_classes.json"))
    for start in stride(from: 0, to: count, by: Self.shardRows) {
      let rows = start..<min(start + Self.shardRows, count)
      let prefix = pictures.appendingPathComponent(String(format: "set_%08d", start)).path
      let kept = try? NPYDataset(path: prefix + "_x.npy").summary.count
      guard kept ?? 0 < rows.count else { continue }
      try draw(rows, of: count, to: prefix, batchSize, progress)
    }
    return try NPYDataset(path: pictures.path)
  }

  private func draw(
    _ rows: Range<Int>, of count: Int, to prefix: String, _ batchSize: Int,
    _ progress: (Int, Int) -> Bool
  ) throws {
    var drawn: [Picture] = []
    var goesOn = progress(rows.lowerBound, count)
    try sampling.draw(
      goesOn ? Array(rows) : [],
      condition: { [classNames] in Condition(label: label($0), of: classNames.count) },
      by: drawing.generator, seed: seed, batchSize: batchSize
    ) { index, picture in
      drawn.append(picture)
      goesOn = progress(index + 1, count) || index + 1 == count
      return goesOn
    }
    guard goesOn || drawn.count == rows.count else {
      throw PeregrineError(
        .interrupted, doing: "drawing pictures to score",
        found: "a request to stop after \(rows.lowerBound + drawn.count) of \(count)",
        advice: "The same command goes on from the last finished shard.")
    }
    // The classes first: a file of pictures without classes is no dataset.
    try NPYFile.write(
      NPYFile.encoded(rows.map(label), shape: [rows.count]),
      to: URL(fileURLWithPath: prefix + "_y.npy"))
    try NPYFile.write(
      NPYFile.encoded(
        drawn.flatMap(\.pixels), shape: [drawn.count, drawn[0].height, drawn[0].width, 3]),
      to: URL(fileURLWithPath: prefix + "_x.npy"))
  }
}
