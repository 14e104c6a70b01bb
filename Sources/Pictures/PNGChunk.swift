import CZlib
import Diagnostics
import Foundation

/// One chunk of a PNG file.
struct PNGChunk {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  let type: String
  let body: Data

  /// Whether pixels cannot be decoded without it: a critical chunk (whose name starts with a capital
  /// letter), or transparency.
  var decidesPixels: Bool { type.first?.isUppercase == true || type == "tRNS" }

  /// The chunk as stored in the file: length, type, body, CRC-32 of type and body.
  var encoded: Data {
    let content = Data(type.utf8) + body
    return bigEndian(UInt32(body.count)) + content + bigEndian(Self.checksum(content))
  }

  /// All chunks up to `IEND`, with lengths and checksums verified.
  ///
  /// - Throws: `.badData` if the file is cut off or damaged; the error names the file and the byte.
  static func all(in data: Data, name: String) throws -> [PNGChunk] {
    guard data.starts(with: signature) else {
      throw damaged(name, found: "no PNG signature", expected: "a PNG")
    }
    let data = data.startIndex == 0 ? data : Data(data)
    var chunks: [PNGChunk] = []
    var position = signature.count
    while chunks.last?.type != "IEND" {
      guard position + 12 <= data.count else {
        throw damaged(
          name, found: "\(data.count) bytes, then the end of the file", expected: "a whole PNG")
      }
      let length = Int(readBigEndian(data, at: position))
      guard length <= data.count - position - 12 else {
        throw damaged(
          name,
          found: "\(data.count) bytes, which end inside a chunk that starts at byte \(position)",
          expected: "\(length + 12) bytes from there")
      }
      let content = data[(position + 4)..<(position + 8 + length)]
      guard checksum(content) == readBigEndian(data, at: position + 8 + length) else {
        throw damaged(
          name, found: "a wrong checksum in the chunk at byte \(position)",
          expected: "an undamaged PNG")
      }
      let type = String(decoding: content.prefix(4), as: UTF8.self)
      chunks.append(PNGChunk(type: type, body: Data(content.dropFirst(4))))
      position += length + 12
    }
    guard chunks[0].type == "IHDR", chunks[0].body.count == 13 else {
      throw damaged(name, found: "no header chunk", expected: "IHDR first")
    }
    return chunks
  }

  private static func checksum(_ content: Data) -> UInt32 {
    content.withUnsafeBytes { bytes in
      let start = bytes.bindMemory(to: UInt8.self).baseAddress
      return UInt32(truncatingIfNeeded: crc32(0, start, UInt32(bytes.count)))
    }
  }
}

/// The four bytes of a number, most significant first.
private func bigEndian(_ value: UInt32) -> Data {
  withUnsafeBytes(of: value.bigEndian) { Data($0) }
}

/// The number in four bytes, most significant first.
private func readBigEndian(_ data: Data, at position: Int) -> UInt32 {
  data[position..<(position + 4)].reduce(0) { $0 << 8 | UInt32($1) }
}
