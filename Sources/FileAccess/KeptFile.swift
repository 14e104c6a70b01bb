import Diagnostics
import Foundation

/// A file that is kept to be used again later, with the SHA-256 of its bytes beside it.
///
/// The hash is in `NAME.sha256`, in the form that `sha256sum --check` reads. It is written after the
/// file and checked whenever the file is used, so a flipped bit is noticed.
///
///     let kept = KeptFile(url)
///     if kept.state != .intact { try kept.write { try AtomicFile.write(data, to: $0) } }
package struct KeptFile {
  /// What is found at a place.
  package enum State {
    /// There is no file.
    case missing
    /// The bytes are those that were written. So is a file without a hash: versions of Peregrine
    /// that recorded none left it, or a process that was killed before it could.
    case intact
    /// The bytes are not those that were written.
    case damaged
  }

  /// The file.
  package let url: URL

  /// Names a file that may or may not exist.
  package init(_ url: URL) { self.url = url }

  private var hashFile: URL { url.appendingPathExtension("sha256") }

  /// Reads the whole file and compares its hash.
  ///
  /// - Throws: ``PeregrineError`` `.io` for a file that cannot be read.
  package var state: State {
    get throws {
      guard FileManager.default.fileExists(atPath: url.path) else { return .missing }
      guard let line = try? Data(contentsOf: hashFile) else { return .intact }
      let recorded = String(decoding: line.prefix(64), as: UTF8.self)
      return try hash == recorded ? .intact : .damaged
    }
  }

  /// Writes the file with `body`, atomically, and then its hash.
  package func write(_ body: (URL) throws -> Void) throws {
    // The old hash is removed first: a new file without a hash is used, one with another's is not.
    try? FileManager.default.removeItem(at: hashFile)
    try body(url)
    try AtomicFile.write(Data("\(hash)  \(url.lastPathComponent)\n".utf8), to: hashFile)
  }

  /// The warning about a damaged file.
  package func damage(advice: String) -> PeregrineError {
    PeregrineError(
      .badData, doing: "checking `\(url.path)`", found: "other bytes than were written there",
      expected: "the SHA-256 in `\(hashFile.lastPathComponent)`", advice: advice)
  }

  private var hash: String {
    get throws {
      try sha256(ofFile: url)
    }
  }
}
