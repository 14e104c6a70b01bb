import CZlib
import Diagnostics
import Foundation

extension Picture {
  /// The texts stored in a PNG file: its tEXt, zTXt and iTXt chunks, by key. For repeated keys the
  /// last one counts.
  ///
  /// - Parameter name: how messages name the file.
  /// - Throws: `.badData` when it is not a complete PNG or a text cannot be decompressed.
  public static func pngText(in data: Data, name: String) throws -> [String: String] {
    var notes: [String: String] = [:]
    for chunk in try PNGChunk.all(in: data, name: name)
    where ["tEXt", "zTXt", "iTXt"].contains(chunk.type) {
      guard let (key, value) = note(in: chunk) else {
        throw damaged(name, found: "a damaged \(chunk.type) chunk", expected: "readable text")
      }
      notes[key] = value
    }
    return notes
  }
}

/// An uncompressed iTXt chunk: key, two zero flags, empty language and translated key, UTF-8 text.
func internationalText(_ key: String, _ value: String) throws -> PNGChunk {
  guard let keyBytes = key.data(using: .isoLatin1), (1...79).contains(keyBytes.count),
    keyBytes.allSatisfy({ (32...126).contains($0) || $0 > 160 })
  else {
    throw PeregrineError(
      .usage, doing: "writing a note into a PNG", found: "the key `\(key)`",
      expected: "1 to 79 printable Latin-1 characters", advice: "Shorten the key.")
  }
  return PNGChunk(type: "iTXt", body: keyBytes + Data([0, 0, 0, 0, 0]) + Data(value.utf8))
}

/// The key and text of a text chunk, or `nil` when it is malformed.
private func note(in chunk: PNGChunk) -> (String, String)? {
  guard let (key, rest) = splitAtZero(chunk.body),
    let name = String(data: key, encoding: .isoLatin1)
  else { return nil }
  switch chunk.type {
  case "tEXt":
    return String(data: rest, encoding: .isoLatin1).map { (name, $0) }
  case "zTXt":
    guard rest.first == 0, let text = inflated(rest.dropFirst()) else { return nil }
    return String(data: text, encoding: .isoLatin1).map { (name, $0) }
  default:
    guard rest.count >= 2, let (_, afterLanguage) = splitAtZero(rest.dropFirst(2)),
      let (_, text) = splitAtZero(afterLanguage)
    else { return nil }
    let compressed = rest[rest.startIndex] == 1
    return (compressed ? inflated(text) : text)
      .flatMap { String(data: $0, encoding: .utf8) }.map { (name, $0) }
  }
}

/// The bytes before and after the first zero byte.
private func splitAtZero(_ data: Data) -> (Data, Data)? {
  data.firstIndex(of: 0).map { (Data(data[..<$0]), Data(data[($0 + 1)...])) }
}

/// Decompresses zlib data of at most 16 MiB, or returns `nil` when it is damaged or longer.
private func inflated(_ data: Data) -> Data? {
  var capacity = 1 << 12
  while capacity <= 1 << 24 {
    var target = Data(count: capacity)
    var length = uLongf(capacity)
    let status = target.withUnsafeMutableBytes { target in
      data.withUnsafeBytes { source in
        uncompress(
          target.bindMemory(to: UInt8.self).baseAddress, &length,
          source.bindMemory(to: UInt8.self).baseAddress, uLong(source.count))
      }
    }
    if status == Z_OK { return target.prefix(Int(length)) }
    guard status == Z_BUF_ERROR else { return nil }
    capacity *= 8
  }
  return nil
}
