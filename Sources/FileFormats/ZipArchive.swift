import CZlib
import Diagnostics
import FileAccess
import Foundation

/// The members of a zip file. The file is memory-mapped, so a member stored without compression
/// needs no memory, however large it is.
///
/// Members may be stored or deflated, and larger than 4 GiB (zip64). Every member that is read is
/// checked against its CRC-32, unless the file records none (0 for all members), as PyTorch can be told
/// to do. A small file cannot take much memory: members may not overlap, and what
/// is unpacked is limited by the size of what was packed.
///
/// - Source: PKWARE, APPNOTE 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.3.
package struct ZipArchive: Sendable {
  /// The central directory's entry for one member.
  private struct Entry {
    let method: Int
    let checksum: UInt32
    var packedSize: Int
    var size: Int
    var offset: Int

    /// Whether the method of packing is one that is read: stored or deflated.
    var isReadable: Bool { method == 0 || method == 8 }
    /// Whether the unpacked size can be right: deflate makes at most 1,032 bytes out of one.
    var isPossible: Bool {
      !isReadable || (method == 0 ? size == packedSize : size / 1_032 <= packedSize + 1)
    }
  }

  /// The file's path, or the name given for data in memory.
  package let name: String
  private let data: Data
  private let entries: [String: Entry]
  private let hasChecksums: Bool

  /// Data that compresses better than this, such as one colour, is stored more safely unpacked.
  private static let mostExpansion = 100
  /// Members up to this size may be packed as tightly as deflate can.
  private static let harmlessSize = 256 << 20

  private static let endSignature = 0x0605_4B50
  private static let wideEndSignature = 0x0606_4B50
  private static let wideLocatorSignature = 0x0706_4B50
  private static let entrySignature = 0x0201_4B50
  private static let localSignature = 0x0403_4B50

  /// Opens a file and reads its directory.
  ///
  /// - Throws: `.missingInput`, `.io`, or `.badData` for anything but a complete zip file.
  package init(contentsOf url: URL) throws {
    try self.init(
      decoding: readFile(url, doing: "reading the archive `\(url.path)`", mapped: true),
      name: url.path)
  }

  /// Reads an archive from memory; messages refer to it by `name`.
  package init(decoding data: Data, name: String) throws {
    self.name = name
    self.data = data
    let kind = FileKind(of: data)
    guard kind == .zip else {
      throw Self.damaged(name, kind.description, "a zip file", advice: kind.advice)
    }
    let bytes = ByteReader(data)
    let directory = try Self.directory(bytes, name)
    var entries: [String: Entry] = [:]
    var position = directory.offset
    for _ in 0..<directory.count {
      guard bytes.integer(at: position, 4) == Self.entrySignature,
        let (member, entry, next) = Self.entry(bytes, at: position)
      else { throw Self.damaged(name, "a directory that ends early or is not one") }
      guard entries.updateValue(entry, forKey: member) == nil else {
        throw Self.damaged(name, "two members `\(member)`", "each name once")
      }
      position = next
    }
    guard let sum = entries.values.map(\.packedSize).checkedSum, sum <= data.count else {
      throw Self.damaged(name, "members that are larger together than the file")
    }
    for (member, entry) in entries where !entry.isPossible {
      throw Self.damaged(name, "the member `\(member)` with an impossible size of \(entry.size)")
    }
    self.entries = entries
    hasChecksums = entries.values.contains { $0.checksum != 0 }
  }

  /// The members' names, sorted.
  package var memberNames: [String] { entries.keys.sorted() }

  /// The size of all members that can be read, unpacked; at most 1,032 times that of the file.
  package var unpackedSize: Int {
    entries.values.filter(\.isReadable).map(\.size).checkedSum ?? .max
  }

  /// The bytes of a member; a part of the mapped file when it is stored.
  ///
  /// - Throws: `.badData` when there is no such member, or it is damaged or compressed with another
  ///   method.
  package func contents(of member: String) throws -> Data {
    guard let entry = entries[member] else {
      throw Self.damaged(
        name, "no member `\(member)`",
        "one; there are \(memberNames.map { "`\($0)`" }.joined(separator: ", "))")
    }
    let bytes = ByteReader(data)
    guard bytes.integer(at: entry.offset, 4) == Self.localSignature,
      let nameLength = bytes.integer(at: entry.offset + 26, 2),
      let extraLength = bytes.integer(at: entry.offset + 28, 2),
      bytes.text(at: entry.offset + 30, nameLength) == member
    else { throw Self.damaged(name, "no member `\(member)` at byte \(entry.offset)") }
    let start = entry.offset + 30 + nameLength + extraLength
    guard entry.packedSize <= data.count - start else {
      throw Self.damaged(name, "the member `\(member)` cut short")
    }
    let first = data.startIndex + start
    let packed = data[first..<first + entry.packedSize]
    let contents: Data
    switch entry.method {
    case 0: contents = packed
    case 8: contents = try inflated(packed, to: entry.size, member)
    default:
      throw Self.damaged(
        name, "the member `\(member)` packed by method \(entry.method)", "stored or deflated")
    }
    guard !hasChecksums || contents.crc32 == entry.checksum else {
      throw Self.damaged(
        name, "the member `\(member)` with another checksum (CRC-32) than recorded",
        "unchanged bytes")
    }
    return contents
  }

  // MARK: The directory

  private static func directory(_ bytes: ByteReader, _ name: String) throws
    -> (offset: Int, count: Int)
  {
    // The end record has 22 bytes, followed by a comment of at most 65,535 bytes.
    let last = bytes.count - 22
    let end =
      last < 0
      ? nil
      : stride(from: last, through: max(0, last - 65_535), by: -1)
        .first { bytes.integer(at: $0, 4) == endSignature }
    guard let end, let count = bytes.integer(at: end + 10, 2),
      let offset = bytes.integer(at: end + 16, 4)
    else {
      throw damaged(
        name, "\(bytes.count) bytes without the directory that ends a zip file",
        "a whole file: the rest is missing")
    }
    guard count == 0xFFFF || offset == 0xFFFF_FFFF else { return (offset, count) }
    guard bytes.integer(at: end - 20, 4) == wideLocatorSignature,
      let wide = bytes.integer(at: end - 12, 8), bytes.integer(at: wide, 4) == wideEndSignature,
      let wideCount = bytes.integer(at: wide + 32, 8),
      let wideOffset = bytes.integer(at: wide + 48, 8)
    else { throw damaged(name, "a damaged zip64 directory") }
    return (wideOffset, wideCount)
  }

  private static func entry(_ bytes: ByteReader, at position: Int) -> (String, Entry, Int)? {
    guard let method = bytes.integer(at: position + 10, 2),
      let checksum = bytes.integer(at: position + 16, 4),
      let packedSize = bytes.integer(at: position + 20, 4),
      let size = bytes.integer(at: position + 24, 4),
      let nameLength = bytes.integer(at: position + 28, 2),
      let extraLength = bytes.integer(at: position + 30, 2),
      let commentLength = bytes.integer(at: position + 32, 2),
      let offset = bytes.integer(at: position + 42, 4),
      let name = bytes.text(at: position + 46, nameLength)
    else { return nil }
    var entry = Entry(
      method: method, checksum: UInt32(checksum), packedSize: packedSize, size: size,
      offset: offset)
    let extra = position + 46 + nameLength
    guard widen(&entry, bytes, extra..<extra + extraLength) else { return nil }
    return (name, entry, extra + extraLength + commentLength)
  }

  /// Reads sizes and offset that need more than 32 bits from the zip64 field; false when it is
  /// truncated.
  private static func widen(_ entry: inout Entry, _ bytes: ByteReader, _ extra: Range<Int>) -> Bool
  {
    var position = extra.lowerBound
    while position + 4 <= extra.upperBound {
      guard let kind = bytes.integer(at: position, 2),
        let length = bytes.integer(at: position + 2, 2)
      else { return false }
      if kind == 1 {
        var field = position + 4
        for part in [\Entry.size, \Entry.packedSize, \Entry.offset]
        where entry[keyPath: part] == 0xFFFF_FFFF {
          guard field + 8 <= position + 4 + length, let value = bytes.integer(at: field, 8) else {
            return false
          }
          entry[keyPath: part] = value
          field += 8
        }
      }
      position += 4 + length
    }
    return true
  }

  // MARK: Contents

  private func inflated(_ packed: Data, to size: Int, _ member: String) throws -> Data {
    guard size <= Self.harmlessSize || size / Self.mostExpansion <= packed.count else {
      throw Self.damaged(
        name,
        "the member `\(member)` that unpacks from \(Readable.bytes(packed.count)) to "
          + Readable.bytes(size), "at most \(Self.mostExpansion) times its packed size",
        advice: "If its content is right, save it without compression.")
    }
    try requireMemory(size, doing: "unpacking `\(member)` of the archive `\(name)`")
    guard let memory = malloc(max(size, 1)) else {
      throw PeregrineError(
        .outOfMemory, doing: "unpacking the member `\(member)` of `\(name)`",
        found: "too little memory for \(Readable.bytes(size))",
        advice: "Save it without compression; it is then mapped instead of loaded.")
    }
    let target = UnsafeMutableRawBufferPointer(start: memory, count: size)
    guard packed.withUnsafeBytes({ inflateRaw($0, into: target) }) else {
      free(memory)
      throw Self.damaged(name, "the member `\(member)` damaged")
    }
    return Data(bytesNoCopy: memory, count: size, deallocator: .free)
  }

  private static func damaged(
    _ name: String, _ found: String, _ expected: String = "a whole zip file",
    advice: String = "Fetch or save the file again."
  ) -> PeregrineError {
    PeregrineError(
      .badData, doing: "reading the archive `\(name)`", found: found, expected: expected,
      advice: advice)
  }
}

/// Decompresses raw deflate data; true when it fills the target exactly.
private func inflateRaw(
  _ packed: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
) -> Bool {
  var stream = z_stream()
  guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  else { return false }
  defer { inflateEnd(&stream) }
  var (read, written, status) = (0, 0, Z_OK)
  while status == Z_OK {
    // zlib counts in 32 bits, so input and output are passed in parts.
    let (input, output) = (min(packed.count - read, 1 << 30), min(target.count - written, 1 << 30))
    stream.next_in = UnsafeMutablePointer(
      mutating: packed.bindMemory(to: UInt8.self).baseAddress.map { $0 + read })
    stream.avail_in = UInt32(input)
    stream.next_out = target.bindMemory(to: UInt8.self).baseAddress.map { $0 + written }
    stream.avail_out = UInt32(output)
    status = inflate(&stream, Z_NO_FLUSH)
    let (used, made) = (input - Int(stream.avail_in), output - Int(stream.avail_out))
    if status == Z_OK, used == 0, made == 0 { return false }
    read += used
    written += made
  }
  return status == Z_STREAM_END && written == target.count
}

extension Data {
  /// The CRC-32 used by zip files.
  var crc32: UInt32 {
    withUnsafeBytes { UInt32(crc32_z(0, $0.bindMemory(to: UInt8.self).baseAddress, $0.count)) }
  }
}

/// Reads little-endian numbers at byte positions; `nil` outside the data.
private struct ByteReader {
  private let data: Data

  init(_ data: Data) { self.data = data }

  var count: Int { data.count }

  func integer(at position: Int, _ length: Int) -> Int? {
    guard position >= 0, position <= data.count - length else { return nil }
    let start = data.startIndex + position
    let value = data[start..<start + length].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(exactly: value)
  }

  func text(at position: Int, _ length: Int) -> String? {
    guard position >= 0, position <= data.count - length else { return nil }
    let start = data.startIndex + position
    return String(decoding: data[start..<start + length], as: UTF8.self)
  }
}
