import Crypto
import FileAccess
import Foundation

/// A hash that identifies a dataset, computed piece by piece; the length of every piece is hashed
/// too.
struct Fingerprint {
  private static let sampleBytes = 1 << 16
  private var hash = SHA256()

  /// Starts with the kind of dataset and the version of its fingerprint's content.
  init(_ kind: String) { add(kind) }

  mutating func add(_ text: String) { add(Data(text.utf8)) }

  mutating func add(_ data: Data) {
    withUnsafeBytes(of: UInt64(data.count).littleEndian) { hash.update(bufferPointer: $0) }
    hash.update(data: data)
  }

  /// Adds the size of a big file and 64 KiB from its start, middle and end.
  mutating func addSamples(of bytes: ByteSource) throws {
    add("\(bytes.count) bytes")
    let last = max(0, bytes.count - Self.sampleBytes)
    for start in [0, last / 2, last] {
      add(try bytes.bytes(start..<min(start + Self.sampleBytes, bytes.count)))
    }
  }

  var text: String { hash.finalize().hexadecimal }
}
