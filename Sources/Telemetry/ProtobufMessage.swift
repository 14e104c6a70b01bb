import Foundation

/// Encodes a protocol buffer message field by field; only the wire types that event files use.
struct ProtobufMessage {
  private(set) var bytes = Data()

  mutating func double(_ field: Int, _ value: Double) {
    varint(UInt64(field << 3 | 1))
    bytes.append(littleEndian: value.bitPattern)
  }

  mutating func float(_ field: Int, _ value: Float) {
    varint(UInt64(field << 3 | 5))
    bytes.append(littleEndian: value.bitPattern)
  }

  mutating func integer(_ field: Int, _ value: Int) {
    varint(UInt64(field << 3))
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func string(_ field: Int, _ value: String) {
    data(field, Data(value.utf8))
  }

  mutating func message(_ field: Int, _ build: (inout ProtobufMessage) -> Void) {
    var inner = ProtobufMessage()
    build(&inner)
    data(field, inner.bytes)
  }

  mutating func data(_ field: Int, _ value: Data) {
    varint(UInt64(field << 3 | 2))
    varint(UInt64(value.count))
    bytes.append(value)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

extension Data {
  /// Appends an integer, lowest byte first.
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
