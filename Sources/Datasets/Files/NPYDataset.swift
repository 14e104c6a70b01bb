import Diagnostics
import FileAccess
import Foundation
import Pictures
import Samples

/// Pictures in NumPy files: `NAME_x.npy` with the pictures, `NAME_y.npy` with their classes.
///
/// Pictures are uint8 `[count, height, width, 3]`, or `[count, height, width]` for grey ones, whose
/// items have one channel. Class names come from `NAME_classes.json`, a list of names, where `NAME`
/// may be shortened at its end (`caltech64_train_a` finds `caltech64_classes.json`). The files are
/// read in parts, so the dataset may be larger than memory.
public struct NPYDataset: PictureDataset {
  /// A description of the files' content.
  public let summary: DatasetSummary
  private let shards: [NPYShard]
  /// The dataset's index of each shard's first picture.
  private let starts: [Int]
  private let labels: [Int]
  private let size: Int?

  /// Opens one file, all files of a prefix, or all files of a folder.
  ///
  /// - Parameters:
  ///   - path: `DIR/NAME_x.npy`, a prefix such as `DIR/NAME`, or `DIR`; several files are joined in
  ///     the order of their names and must have pictures of the same shape.
  ///   - size: crop and resize pictures of other sizes to this size; see
  ///     `Picture.centerCropped(to:)`.
  /// - Throws: `.missingInput` or `.badData`, naming the file and, for a label, its row.
  public init(path: String, size: Int? = nil) throws {
    try checkSize(size, of: path)
    let files = try Self.files(at: path)
    let shards = try files.map { try NPYShard(pictures: $0) }
    try Self.checkShapes(of: shards, path: path)
    self.shards = shards
    self.size = size
    starts = shards.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    let names = try Self.classNames(beside: files[0])
    // Without classes, as an empty list says, every label is 0.
    labels = try shards.flatMap { try $0.labels(classCount: names.map { max($0.count, 1) }) }
    var shape = shards[0].itemShape
    if let size { shape = [shape[0], size, size] }
    var fingerprint = Fingerprint("npy 1")
    for shard in shards { try shard.add(to: &fingerprint) }
    fingerprint.add("\(shape)")
    let url = URL(fileURLWithPath: path)
    summary = DatasetSummary(
      name: url.lastPathComponent.replacing("_x.npy", with: ""), kind: "npy", count: labels.count,
      itemShape: ItemShape(dimensions: shape),
      classNames: names ?? (0...(labels.max() ?? 0)).map { "\($0)" },
      fingerprint: fingerprint.text)
  }

  /// The pairs of files.
  public var sources: [FilePath] {
    shards.flatMap { shard in ["_x.npy", "_y.npy"].map { FilePath(shard.prefix + $0) } }
  }

  /// The picture at `index`; grey ones as RGB.
  public func picture(at index: Int) throws -> Picture {
    try check(index: index)
    let shard = (starts.firstIndex { $0 > index } ?? starts.count) - 1
    let picture = try shards[shard].picture(at: index - starts[shard])
    guard let size, picture.width != size || picture.height != size else { return picture }
    return try picture.square(of: size, name: "\(summary.name), item \(index)")
  }

  /// The class of the picture at `index`.
  public func label(at index: Int) throws -> Int {
    try check(index: index)
    return labels[index]
  }

  /// The picture files that a path refers to, sorted by name.
  private static func files(at path: String) throws -> [URL] {
    if path.hasSuffix("_x.npy") { return [URL(fileURLWithPath: path)] }
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let url = URL(fileURLWithPath: path)
    let folder = isFolder.boolValue ? url : url.deletingLastPathComponent()
    let prefix = isFolder.boolValue ? "" : url.lastPathComponent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let found = names.filter { isFile($0, of: prefix) }
      .sorted { FilePath($0) < FilePath($1) }
    guard !found.isEmpty else {
      throw PeregrineError(
        .missingInput, doing: "opening the dataset `\(path)`",
        found: "no file `\(folder.path)/\(prefix)*_x.npy`",
        expected: "NAME_x.npy with pictures and NAME_y.npy with classes",
        advice: "Check the path, or save the arrays under these names.")
    }
    return found.map { folder.appendingPathComponent($0) }
  }

  /// Whether a name is that of a picture file, and starts with the bytes of a prefix.
  static func isFile(_ name: String, of prefix: some StringProtocol) -> Bool {
    name.utf8.starts(with: prefix.utf8) && name.hasSuffix("_x.npy")
  }

  private static func checkShapes(of shards: [NPYShard], path: String) throws {
    guard shards.contains(where: { $0.itemShape != shards[0].itemShape }) else { return }
    let list = shards.map { "\($0.prefix) \($0.itemShape)" }.joined(separator: ", ")
    throw PeregrineError(
      .badData, doing: "opening the dataset `\(path)`",
      found: "pictures of different shapes: \(list)", expected: "one shape",
      advice: "Choose one by its prefix, such as `\(shards[0].prefix)`.")
  }

  /// The names in the nearest `…_classes.json`, if there is one.
  private static func classNames(beside file: URL) throws -> [String]? {
    let folder = file.deletingLastPathComponent()
    var parts = file.lastPathComponent.replacing("_x.npy", with: "").split(separator: "_")
    while !parts.isEmpty {
      let url = folder.appendingPathComponent(parts.joined(separator: "_") + "_classes.json")
      if FileManager.default.fileExists(atPath: url.path) { return try names(in: url) }
      parts.removeLast()
    }
    return nil
  }

  private static func names(in url: URL) throws -> [String] {
    let data = try readFile(url, doing: "reading the class names `\(url.path)`")
    do {
      return try JSONRecord.decode([String].self, from: data)
    } catch {
      throw PeregrineError(
        .badData, doing: "reading the class names `\(url.path)`", found: "other JSON",
        expected: "a list of names", advice: "Correct the file, or delete it to use numbers.",
        cause: error)
    }
  }
}
