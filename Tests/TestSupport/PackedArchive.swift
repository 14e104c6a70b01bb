import Foundation

/// A zip file of one deflated member: its directory says how large it is unpacked.
public func packedArchive(of bytes: Data, to size: UInt32, member: String = "a") -> Data {
  func number(_ value: Int, _ count: Int) -> Data {
    Data((0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
  }
  let name = Data(member.utf8)
  let sizes = number(0, 4) + number(bytes.count, 4) + number(Int(size), 4)
  let local =
    number(0x0403_4B50, 4) + number(20, 2) + number(0, 2) + number(8, 2) + number(0, 4) + sizes
    + number(name.count, 2) + number(0, 2) + name + bytes
  let entry =
    number(0x0201_4B50, 4) + number(20, 2) + number(20, 2) + number(0, 2) + number(8, 2)
    + number(0, 4) + sizes + number(name.count, 2) + Data(count: 16) + name
  return local + entry + number(0x0605_4B50, 4) + number(0, 4) + number(1, 2) + number(1, 2)
    + number(entry.count, 4) + number(local.count, 4) + number(0, 2)
}
