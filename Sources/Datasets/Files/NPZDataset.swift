import Diagnostics
import FileAccess
import Foundation
import Pictures

/// Pictures in an `.npz` file in the ADM evaluator's format: `arr_0` uint8 `[count, height, width,
/// 3]`, and optionally `arr_1` with their classes.
public struct NPZDataset: PictureDataset {
  /// A description of the file's content; without classes there are no class names.
  public let summary: DatasetSummary
  /// The file.
  public let sources: [FilePath]
  private let pictures: NPYFile
  private let size: Int?
  private let labels: [Int]

  /// Opens a file.
  ///
  /// - Parameter size: crop and resize pictures to this size; `nil` keeps them unchanged.
  /// - Throws: `.missingInput`, `.io` or `.badData`, naming the file and the array.
  public init(contentsOf url: URL, size: Int? = nil) throws {
    try checkSize(size, of: url.path)
    self.size = size
    let file = try NPZFile(contentsOf: url)
    pictures = try file.array("arr_0")
    let shape = pictures.shape
    guard pictures.element == .uint8, shape.count == 4, shape[3] == 3, !shape.contains(0) else {
      throw NPYHeader.failure(
        pictures.name, found: "\(pictures.element) of shape \(shape)",
        expected: "uint8 pictures, [count, height, width, 3]")
    }
    labels =
      try file.names.contains("arr_1") ? file.array("arr_1").labels(count: shape[0]) : []
    sources = [FilePath(url)]
    var fingerprint = Fingerprint("npz 1")
    fingerprint.add("\(shape)")
    try fingerprint.addSamples(of: pictures.source)
    fingerprint.add("\(labels) \(size ?? 0)")
    summary = DatasetSummary(
      name: url.deletingPathExtension().lastPathComponent, kind: "npz", count: shape[0],
      itemShape: [3, size ?? shape[1], size ?? shape[2]],
      classNames: labels.isEmpty ? [] : (0...(labels.max() ?? 0)).map { "\($0)" },
      fingerprint: fingerprint.text)
  }

  /// The picture at `index`.
  public func picture(at index: Int) throws -> Picture {
    try check(index: index)
    let length = pictures.rowSize
    let picture = Picture(
      width: pictures.shape[2], height: pictures.shape[1],
      pixels: try pictures.bytes((index * length)..<((index + 1) * length)))
    return try size.map { try picture.square(of: $0, name: "\(summary.name), item \(index)") }
      ?? picture
  }

  /// The class of the picture at `index`; 0 when there are none.
  public func label(at index: Int) throws -> Int {
    try check(index: index)
    return labels.isEmpty ? 0 : labels[index]
  }
}
