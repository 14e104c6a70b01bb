import Diagnostics
import Dispatch
import FileAccess
import Foundation

/// The marker `DONE` of a folder: its files with their sizes and hashes. It is written last, so a
/// folder without it is not complete.
package struct FileManifest {
  /// The name of the marker.
  package static let name = "DONE"

  private var entries: [String: Entry]

  /// What is known of one file.
  private struct Entry: Codable, Sendable {
    var size: Int
    /// `nil` in folders of earlier versions, which only recorded sizes.
    var sha256: String?

    private enum CodingKeys: CodingKey { case size, sha256 }

    init(of url: URL) throws {
      sha256 = try FileAccess.sha256(ofFile: url)
      size = FileManifest.size(of: url)
    }

    init(from decoder: any Decoder) throws {
      if let size = try? decoder.singleValueContainer().decode(Int.self) {
        self.size = size
        return
      }
      let values = try decoder.container(keyedBy: CodingKeys.self)
      size = try values.decode(Int.self, forKey: .size)
      sha256 = try values.decode(String.self, forKey: .sha256)
    }
  }

  /// Reads and hashes files, several at once.
  package init(of files: [(name: String, url: URL)]) throws {
    var found = [Result<Entry, any Error>?](repeating: nil, count: files.count)
    found.withUnsafeMutableBufferPointer { found in
      // Each iteration uses its own place in the list.
      nonisolated(unsafe) let places = found
      DispatchQueue.concurrentPerform(iterations: files.count) { index in
        places[index] = Result { try Entry(of: files[index].url) }
      }
    }
    entries = try Dictionary(
      uniqueKeysWithValues: zip(files, found).compactMap { file, entry in
        try entry.map { (file.name, try $0.get()) }
      })
  }

  /// Reads the marker of a folder.
  ///
  /// - Parameter name: the name of the file, where it is not `DONE`.
  /// - Throws: ``PeregrineError`` `.badData` without a readable marker.
  package init(in folder: URL, name: String = Self.name) throws {
    guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else {
      throw PeregrineError(
        .badData, doing: "checking `\(folder.path)`", found: "no marker `\(name)`",
        expected: "one: without it, the folder was not written to its end")
    }
    do {
      entries = try JSONRecord.decode([String: Entry].self, from: data)
    } catch {
      throw PeregrineError(
        .badData, doing: "checking `\(folder.path)`", found: "a damaged marker `\(name)`",
        expected: "the sizes and hashes of its files")
    }
  }

  /// Writes the marker of a folder.
  package func write(to folder: URL, name: String = Self.name) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try AtomicFile.write(encoder.encode(entries), to: folder.appendingPathComponent(name))
  }

  /// Whether a file is listed.
  package func lists(_ name: String) -> Bool { entries[name] != nil }

  /// Compares a file with the marker, by its size, and by its contents if their hash is given.
  ///
  /// - Parameter hash: only asked for if the marker has a hash and the size is right.
  /// - Throws: ``PeregrineError`` `.badData` naming the file and the difference.
  package func check(
    _ name: String, at url: URL, sha256 hash: @autoclosure () throws -> String? = nil
  ) throws {
    let doing = "checking `\(url.path)`"
    guard let entry = entries[name] else {
      throw PeregrineError(
        .badData, doing: doing, found: "a marker that does not list it",
        expected: "a folder that was written to its end")
    }
    let size = Self.size(of: url)
    guard size == entry.size else {
      throw PeregrineError(
        .badData, doing: doing, found: size < 0 ? "no such file" : "\(size) bytes",
        expected: "\(entry.size) bytes, as it was written")
    }
    guard let expected = entry.sha256, let found = try hash(), found != expected else { return }
    throw PeregrineError(
      .badData, doing: doing, found: "contents with sha256 \(found.prefix(12))…",
      expected:
        "\(expected.prefix(12))…, as it was written: the file was damaged or exchanged since")
  }

  private static func size(of url: URL) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? -1
  }
}
