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

/// Pictures drawn from a run to be scored. They are kept in the run folder, so interrupted drawing
/// continues.
///
/// The folder is named by the images seen and by a hash of everything that determines the pictures:
/// weights, drawing, classes and seed. The pictures form an ``NPYDataset``, which other tools can read.
/// Every file is kept with its hash: damaged ones are drawn again.
public struct SampleSet {
  /// The folder. It contains the scores of the set, and the pictures in `pictures/`.
  public let folder: URL
  private let sampling: PictureSampling
  private let drawing: Drawing
  private let label: (Int) -> Int
  private let seed: UInt64
  private let classNames: [String]

  private static let shardRows = 256

  /// Creates the description of a set; nothing is drawn yet.
  ///
  /// - Parameters:
  ///   - sampling: the weights in use; their values are hashed.
  ///   - labels: the policy and the class that it gives each index, which must match.
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
    // With the policy `reference` the classes depend on the reference, so the first 1,000 are hashed.
    hash.update(data: Data("\(seed) \((0..<1_000).map(labels.of))".utf8))
    let digest = hash.finalize().prefix(4).map { String(format: "%02x", $0) }.joined()
    folder = run.sampleSet(atImages: images, key: digest)
  }

  /// Draws the missing ones of the first `count` pictures and opens all of them.
  ///
  /// - Parameters:
  ///   - warn: called with what was found damaged and is drawn again.
  ///   - progress: called with the number of pictures done and in total; returns whether to continue.
  /// - Throws: ``PeregrineError`` `.interrupted` if told to stop; finished shards are kept.
  public func draw(
    count: Int, batchSize: Int, warn: (PeregrineError) -> Void = { _ in },
    progress: (Int, Int) -> Bool
  ) throws -> any PictureDataset {
    let pictures = RunLayout.pictures(ofSampleSet: folder)
    try AtomicFile.write(
      JSONEncoder().encode(classNames), to: pictures.appendingPathComponent("set_classes.json"))
    for start in stride(from: 0, to: count, by: Self.shardRows) {
      let rows = start..<min(start + Self.shardRows, count)
      let prefix = pictures.appendingPathComponent(String(format: "set_%08d", start)).path
      guard try keptCount(prefix, warn) < rows.count else { continue }
      try draw(rows, of: count, to: prefix, batchSize, progress)
    }
    return try NPYDataset(path: pictures.path)
  }

  private static func files(_ prefix: String) -> (classes: KeptFile, pictures: KeptFile) {
    (
      KeptFile(URL(fileURLWithPath: prefix + "_y.npy")),
      KeptFile(URL(fileURLWithPath: prefix + "_x.npy"))
    )
  }

  /// The number of pictures in a shard on disk; 0 for a damaged one.
  private func keptCount(_ prefix: String, _ warn: (PeregrineError) -> Void) throws -> Int {
    let (classes, pictures) = Self.files(prefix)
    if let damaged = try [classes, pictures].first(where: { try $0.state == .damaged }) {
      warn(damaged.damage(advice: "Its pictures are drawn again."))
      return 0
    }
    return (try? NPYDataset(path: pictures.url.path).summary.count) ?? 0
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
    // Classes are written first, because a picture file without a class file is not a valid dataset.
    let (classes, pictures) = Self.files(prefix)
    try classes.write {
      try NPYFile.write(NPYFile.encoded(rows.map(label), shape: [rows.count]), to: $0)
    }
    try pictures.write {
      try NPYFile.write(
        NPYFile.encoded(
          Array(joining: drawn.map(\.pixels), doing: "keeping \(drawn.count) drawn pictures"),
          shape: [drawn.count, drawn[0].height, drawn[0].width, 3]), to: $0)
    }
  }
}
