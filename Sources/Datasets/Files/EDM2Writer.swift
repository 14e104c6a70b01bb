import FileAccess
import Foundation
import Pictures

/// Writes pictures in the folder layout that ``EDM2Dataset`` reads.
///
///     var writer = try EDM2Writer(root: folder)
///     for (picture, label) in pictures { try writer.append(picture, label: label) }
///     try writer.finish()
public struct EDM2Writer {
  private let folder: URL
  private var entries: [EDM2Index.Labels.Entry] = []

  /// Creates `ROOT/images`.
  public init(root: URL) throws {
    folder = root.appendingPathComponent("images")
    try makeFolder(folder)
  }

  /// Writes the next picture.
  public mutating func append(_ picture: Picture, label: Int) throws {
    let number = String(format: "%08d", entries.count)
    let path = "\(number.prefix(5))/img\(number).png"
    let url = folder.appendingPathComponent(path)
    try makeFolder(url.deletingLastPathComponent())
    try picture.write(png: url)
    entries.append(EDM2Index.Labels.Entry(path: path, label: label))
  }

  /// Writes `dataset.json`; without it the folder is not a valid dataset.
  public func finish() throws {
    let data = try JSONEncoder().encode(EDM2Index.Labels(labels: entries))
    try AtomicFile.write(data, to: folder.appendingPathComponent("dataset.json"))
  }
}
