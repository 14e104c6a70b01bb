import Diagnostics
import FileAccess
import Foundation
import Pictures

/// Writes pictures in the folder layout that ``EDM2Dataset`` reads.
///
///     var writer = try EDM2Writer(root: folder, of: pictures.summary.fingerprint)
///     for index in 0..<pictures.summary.count {
///       try writer.append(pictures.picture(at: index), label: pictures.label(at: index))
///     }
///     try writer.finish()
///
/// Until it is finished the folder is no dataset: the file `images/.unfinished` locks it against
/// other processes and names what is being written. Interrupted work is continued.
public struct EDM2Writer {
  private let folder: URL
  private let lock: FolderLock
  private var entries: [EDM2Index.Labels.Entry] = []

  private static let marker = ".unfinished"

  /// Creates `ROOT/images`, or continues what an interrupted writer of the same pictures has left.
  ///
  /// - Parameter identity: what is written, in one line, such as a fingerprint.
  /// - Throws: `.usage` for a folder that exists and is not unfinished work on the same pictures,
  ///   `.busy` when another process writes there, `.io`.
  public init(root: URL, of identity: String) throws {
    folder = root.appendingPathComponent("images")
    let doing = "writing pictures to `\(root.path)`"
    let marker = folder.appendingPathComponent(Self.marker)
    guard
      !FileManager.default.fileExists(atPath: root.path)
        || FileManager.default.fileExists(atPath: marker.path)
        || (try? FileManager.default.contentsOfDirectory(atPath: root.path))?.isEmpty == true
    else {
      throw PeregrineError(
        .usage, doing: doing, found: "something of that name", expected: "none, or an empty folder",
        advice: "Choose a new folder.")
    }
    lock = try FolderLock(marker, doing: doing)
    guard lock.note == nil || lock.note == identity else {
      throw PeregrineError(
        .usage, doing: doing, found: "unfinished work on other pictures",
        advice: "Choose a new folder, or delete this one.")
    }
    try lock.write(note: identity)
  }

  /// Writes the next picture, unless interrupted work has written it already.
  public mutating func append(_ picture: @autoclosure () throws -> Picture, label: Int) throws {
    let number = String(format: "%08d", entries.count)
    let path = "\(number.prefix(5))/img\(number).png"
    let url = folder.appendingPathComponent(path)
    if !FileManager.default.fileExists(atPath: url.path) {
      try makeFolder(url.deletingLastPathComponent())
      try picture().write(png: url)
    }
    entries.append(EDM2Index.Labels.Entry(path: path, label: label))
  }

  /// Writes `dataset.json`; without it the folder is not a valid dataset.
  public func finish() throws {
    let data = try JSONEncoder().encode(EDM2Index.Labels(labels: entries))
    try AtomicFile.write(data, to: folder.appendingPathComponent("dataset.json"))
    lock.remove()
  }

  /// Refuses a folder that is still being written, or whose writing was interrupted.
  static func requireFinished(_ root: URL) throws {
    let places = [root.appendingPathComponent("images"), root]
    guard
      places.contains(where: {
        FileManager.default.fileExists(atPath: $0.appendingPathComponent(marker).path)
      })
    else { return }
    throw PeregrineError(
      .badData, doing: "opening the dataset `\(root.path)`",
      found: "a folder that `data export` has not finished",
      expected: "a finished dataset",
      advice: "Run the same `data export` command again; it goes on where it stopped.")
  }
}
