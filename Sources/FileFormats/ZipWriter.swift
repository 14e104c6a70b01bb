import CZlib
import FileAccess
import Foundation

/// Writes a zip file member by member, without compression and without knowing sizes in advance.
///
/// Members can have any size: sizes are written after the bytes, as zip64 allows, so nothing is
/// held in memory.
///
/// - Source: PKWARE, APPNOTE 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.3.
package struct ZipWriter {
  private struct Member {
    let name: String
    let offset: Int
    var checksum: UInt = 0
    var size = 0
  }

  private let file: AtomicFile
  private var members: [Member] = []
  private var position = 0

  /// Writes to an open file, from its start.
  package init(_ file: AtomicFile) { self.file = file }

  /// Starts a member; the bytes that follow are its contents.
  package mutating func begin(_ name: String) throws {
    members.append(Member(name: name, offset: position))
    // The sizes are 0xFFFFFFFF here; the real sizes follow the contents in 8 bytes each (zip64).
    var header = Data()
    header.add(0x0403_4B50, 4)
    for (value, length) in [(45, 2), (0b1000, 2), (0, 2), (0, 2), (0x21, 2), (0, 4)] {
      header.add(value, length)
    }
    header.add(0xFFFF_FFFF, 4)
    header.add(0xFFFF_FFFF, 4)
    header.add(name.utf8.count, 2)
    header.add(20, 2)
    header += Data(name.utf8)
    for (value, length) in [(1, 2), (16, 2), (0, 8), (0, 8)] { header.add(value, length) }
    try put(header)
  }

  /// Appends to the member started last.
  package mutating func append(_ bytes: Data) throws {
    guard let last = members.indices.last else { return }
    try put(bytes)
    members[last].checksum = bytes.withUnsafeBytes {
      crc32_z(members[last].checksum, $0.bindMemory(to: UInt8.self).baseAddress, $0.count)
    }
    members[last].size += bytes.count
  }

  /// Ends the member started last.
  package mutating func end() throws {
    guard let member = members.last else { return }
    var descriptor = Data()
    descriptor.add(0x0807_4B50, 4)
    descriptor.add(Int(member.checksum), 4)
    descriptor.add(member.size, 8)
    descriptor.add(member.size, 8)
    try put(descriptor)
  }

  /// Writes the directory, which completes the file.
  package mutating func finish() throws {
    let start = position
    for member in members { try put(Self.directoryEntry(member)) }
    let (size, wideEnd) = (position - start, position)
    var end = Data()
    for (value, length) in [
      (0x0606_4B50, 4), (44, 8), (45, 2), (45, 2), (0, 4), (0, 4), (members.count, 8),
      (members.count, 8), (size, 8), (start, 8),
      (0x0706_4B50, 4), (0, 4), (wideEnd, 8), (1, 4),
      (0x0605_4B50, 4), (0, 2), (0, 2), (0xFFFF, 2), (0xFFFF, 2), (0xFFFF_FFFF, 4),
      (0xFFFF_FFFF, 4), (0, 2),
    ] { end.add(value, length) }
    try put(end)
  }

  private static func directoryEntry(_ member: Member) -> Data {
    var entry = Data()
    for (value, length) in [
      (0x0201_4B50, 4), (45, 2), (45, 2), (0b1000, 2), (0, 2), (0, 2), (0x21, 2),
      (Int(member.checksum), 4), (0xFFFF_FFFF, 4), (0xFFFF_FFFF, 4), (member.name.utf8.count, 2),
      (28, 2), (0, 2), (0, 2), (0, 2), (0, 4), (0xFFFF_FFFF, 4),
    ] { entry.add(value, length) }
    entry += Data(member.name.utf8)
    for (value, length) in [
      (1, 2), (24, 2), (member.size, 8), (member.size, 8), (member.offset, 8),
    ] { entry.add(value, length) }
    return entry
  }

  private mutating func put(_ bytes: Data) throws {
    try bytes.withUnsafeBytes { try file.append($0) }
    position += bytes.count
  }
}

extension Data {
  /// Appends a number, little-endian.
  fileprivate mutating func add(_ value: Int, _ length: Int) {
    for byte in 0..<length { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}
