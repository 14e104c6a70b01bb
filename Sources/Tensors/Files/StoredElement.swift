import Diagnostics
import FileAccess

/// An element type of tensors in files; raw values as in safetensors.
///
/// Tensors have fewer types: narrower and unsigned integers are read as int64, 8-bit floats as float32.
public enum StoredElement: String, CaseIterable, Sendable {
  case float64 = "F64"
  case float32 = "F32"
  case bfloat16 = "BF16"
  case float16 = "F16"
  case float8E4M3 = "F8_E4M3"
  case float8E5M2 = "F8_E5M2"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case bool = "BOOL"

  /// Bytes per element in the file.
  public var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .bfloat16, .float16, .int16, .uint16: 2
    case .float8E4M3, .float8E5M2, .int8, .uint8, .bool: 1
    }
  }

  /// The element type of the tensors that are read.
  public var dtype: DType {
    switch self {
    case .float64: .float64
    case .float32, .float8E4M3, .float8E5M2: .float32
    case .bfloat16: .bfloat16
    case .float16: .float16
    case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16: .int64
    case .uint8: .uint8
    case .bool: .bool
    }
  }

  /// The element type in which tensors of a type are written.
  public init(_ dtype: DType) {
    switch dtype {
    case .float64: self = .float64
    case .float32: self = .float32
    case .bfloat16: self = .bfloat16
    case .float16: self = .float16
    case .int64: self = .int64
    case .uint8: self = .uint8
    case .bool: self = .bool
    }
  }

  /// A tensor of the little-endian elements in a file.
  ///
  /// - Throws: `.shapeMismatch` when the shape does not hold that many elements; `.badData` for a uint64
  ///   beyond int64; `.outOfMemory`.
  public func tensor(
    _ bytes: UnsafeRawBufferPointer, shape: [Int], device: Device = .cpu
  ) throws -> Tensor {
    // What is widened is held twice for a moment: as a list and as a tensor.
    let copies = dtype.byteCount == byteCount && self != .bool ? 1 : 2
    try requireMemory(
      [bytes.count / byteCount, dtype.byteCount, copies].checkedProduct ?? .max,
      doing: "reading a tensor of type \(rawValue) and shape \(shape)")
    func integers<Raw: FixedWidthInteger>(_: Raw.Type) throws -> Tensor {
      try Tensor(try widened(bytes, Raw.self), shape: shape, device: device)
    }
    switch self {
    case .int32: return try integers(Int32.self)
    case .int16: return try integers(Int16.self)
    case .int8: return try integers(Int8.self)
    case .uint64: return try integers(UInt64.self)
    case .uint32: return try integers(UInt32.self)
    case .uint16: return try integers(UInt16.self)
    case .bool: return try Tensor(bytes.map { $0 != 0 }, shape: shape, device: device)
    case .float8E4M3, .float8E5M2:
      let table = (UInt8.min...UInt8.max).map(float8)
      return try Tensor(bytes.map { table[Int($0)] }, shape: shape, device: device)
    case .float64, .float32, .bfloat16, .float16, .int64, .uint8:
      return try Tensor.uploading(bytes, shape: shape, dtype: dtype, device: device)
    }
  }

  private func widened<Raw: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _: Raw.Type
  ) throws -> [Int64] {
    try stride(from: 0, to: bytes.count, by: byteCount).map { offset in
      let raw = Raw(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Raw.self))
      guard let value = Int64(exactly: raw) else {
        throw PeregrineError(
          .badData, doing: "reading numbers of type \(rawValue)", found: "\(raw)",
          expected: "at most \(Int64.max)")
      }
      return value
    }
  }

  /// The value of an 8-bit float.
  ///
  /// - Source: OCP 8-bit Floating Point Specification; E4M3 has no infinity.
  private func float8(_ bits: UInt8) -> Float {
    let fractionBits = self == .float8E4M3 ? 3 : 2
    let bias = self == .float8E4M3 ? 7 : 15
    let sign: Float = bits >= 0x80 ? -1 : 1
    let exponent = Int(bits & 0x7F) >> fractionBits
    let fraction = Float(bits & (1 << fractionBits - 1)) / Float(1 << fractionBits)
    if self == .float8E4M3, bits & 0x7F == 0x7F { return .nan }
    if self == .float8E5M2, exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
    return exponent == 0
      ? sign * Float(sign: .plus, exponent: 1 - bias, significand: fraction)
      : sign * Float(sign: .plus, exponent: exponent - bias, significand: 1 + fraction)
  }
}
