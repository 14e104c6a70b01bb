import Diagnostics
import Foundation
import Pictures

/// One pair of an ``NPYDataset``: a file of pictures and the file of their classes.
struct NPYShard: Sendable {
  private let pictures: NPYFile
  private let classes: NPYFile
  /// The path without `_x.npy`.
  let prefix: String

  /// Opens `…_x.npy` and the corresponding `…_y.npy`.
  init(pictures url: URL) throws {
    prefix = String(url.path.dropLast("_x.npy".count))
    pictures = try NPYFile(contentsOf: url)
    classes = try NPYFile(contentsOf: URL(fileURLWithPath: prefix + "_y.npy"))
    let shape = pictures.shape
    let isColor = shape.count == 4 && shape[3] == 3
    guard pictures.element == .uint8, isColor || shape.count == 3, !shape.contains(0) else {
      throw NPYHeader.failure(
        pictures.name, found: "\(pictures.element) of shape \(shape)",
        expected: "uint8 pictures, [count, height, width, 3] or [count, height, width]")
    }
  }

  var count: Int { pictures.rows }

  /// Channels, height, width.
  var itemShape: [Int] {
    [pictures.shape.count == 4 ? 3 : 1, pictures.shape[1], pictures.shape[2]]
  }

  /// The picture in a row of the file.
  func picture(at row: Int) throws -> Picture {
    let size = pictures.rowSize
    let bytes = try pictures.bytes((row * size)..<((row + 1) * size))
    let (width, height) = (pictures.shape[2], pictures.shape[1])
    if itemShape[0] == 3 { return Picture(width: width, height: height, pixels: bytes) }
    return try Picture(width: width, height: height, doing: "reading") { target in
      for place in target.indices { target[place] = bytes[place / 3] }
    }
  }

  /// All classes, checked to be at least 0 and below `classCount`, if that is known.
  func labels(classCount: Int?) throws -> [Int] {
    try classes.labels(count: count, classCount: classCount)
  }

  func add(to fingerprint: inout Fingerprint) throws {
    fingerprint.add(URL(fileURLWithPath: prefix).lastPathComponent)
    try fingerprint.addSamples(of: pictures.source)
    fingerprint.add(try classes.source.bytes(0..<classes.source.count))
  }
}
