import CTorch

/// The number type of a tensor's elements.
public enum DType: Int32, CaseIterable, Sendable, Hashable {
  case float64, float32, bfloat16, float16, int64, uint8, bool

  /// Bytes per element.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32: 4
    case .bfloat16, .float16: 2
    case .uint8, .bool: 1
    }
  }

  /// Whether elements are floating-point numbers, so that gradients can exist.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .bfloat16, .float16: true
    case .int64, .uint8, .bool: false
    }
  }
}

/// A Swift number type with the same memory layout as a tensor element type.
public protocol TensorScalar: Sendable, BitwiseCopyable {
  /// The element type of a tensor made from such numbers.
  static var dtype: DType { get }
}

extension Double: TensorScalar {
  /// 64-bit floating point.
  public static var dtype: DType { .float64 }
}

extension Float: TensorScalar {
  /// 32-bit floating point.
  public static var dtype: DType { .float32 }
}

extension Int64: TensorScalar {
  /// 64-bit signed integers.
  public static var dtype: DType { .int64 }
}

extension UInt8: TensorScalar {
  /// Bytes.
  public static var dtype: DType { .uint8 }
}

extension Bool: TensorScalar {
  /// Truth values, one byte each.
  public static var dtype: DType { .bool }
}
