import Crypto
import Foundation

/// Bytes that are in memory, or are read from an open file when they are asked for.
package struct ByteSource: Sendable {
  private enum Storage {
    case memory(Data)
    case file(OpenFile, start: Int)
  }

  /// How many there are.
  package let count: Int
  private let storage: Storage

  /// Bytes in memory.
  package init(_ data: Data) {
    storage = .memory(data)
    count = data.count
  }

  /// The bytes of a file, or the part of it in `range`.
  package init(_ file: OpenFile, _ range: Range<Int>? = nil) {
    let range = range ?? 0..<file.count
    storage = .file(file, start: range.lowerBound)
    count = range.count
  }

  /// Some of the bytes, by their position from 0 on.
  ///
  /// - Throws: `.io` when the file has become shorter or cannot be read.
  package func bytes(_ range: Range<Int>) throws -> Data {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "Bytes \(range) of \(count).")
    switch storage {
    case .memory(let data):
      return data[(data.startIndex + range.lowerBound)..<(data.startIndex + range.upperBound)]
    case .file(let file, let start):
      return try file.bytes((start + range.lowerBound)..<(start + range.upperBound))
    }
  }

  /// The SHA-256 of all bytes, as 64 hexadecimal digits; reads a file in parts of 1 MiB.
  package func sha256() throws -> String {
    var hash = SHA256()
    for start in stride(from: 0, to: count, by: 1 << 20) {
      hash.update(data: try bytes(start..<min(start + 1 << 20, count)))
    }
    return hash.finalize().hexadecimal
  }
}
