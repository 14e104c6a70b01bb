/// Integer types in files that tensors do not have, by their safetensors names.
enum NarrowInteger: String, CaseIterable, Sendable {
  case int8 = "I8"
  case int16 = "I16"
  case int32 = "I32"

  /// Bytes per integer in the file.
  var byteCount: Int {
    switch self {
    case .int8: 1
    case .int16: 2
    case .int32: 4
    }
  }

  /// Converts little-endian integers to 64-bit ones.
  func widened(_ bytes: UnsafeRawBufferPointer) -> [Int64] {
    switch self {
    case .int8: Self.widened(bytes, Int8.self)
    case .int16: Self.widened(bytes, Int16.self)
    case .int32: Self.widened(bytes, Int32.self)
    }
  }

  private static func widened<Integer: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ type: Integer.Type
  ) -> [Int64] {
    stride(from: 0, to: bytes.count, by: MemoryLayout<Integer>.size).map {
      Int64(Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: type)))
    }
  }
}
