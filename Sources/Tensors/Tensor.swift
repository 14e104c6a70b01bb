import CTorch
import Diagnostics
import FileAccess

/// An array of numbers with a shape, an element type and a device.
///
/// A tensor is a reference to memory that libtorch owns: copying the Swift value copies the
/// reference, operations make new tensors, and the only methods that change one in place are
/// ``copy(from:)`` and the optimizer's steps. Every operation that can fail throws a
/// ``PeregrineError`` that names the shapes involved, so running out of memory can be handled.
///
///     let x = try Tensor([1, 2, 3, 4], shape: [2, 2])
///     let y = try x.matmul(x) + x * 0.5
///     print(try y.scalars(Float.self))
///
/// Tensors are not `Sendable`; pass host arrays between threads.
public final class Tensor {
  let handle: ct_tensor
  /// The sizes of the dimensions, outermost first; `[]` for a single number.
  public let shape: [Int]
  /// The element type.
  public let dtype: DType

  init(owning handle: ct_tensor) {
    self.handle = handle
    let rank = Int(ct_rank(handle))
    var sizes = [Int64](repeating: 0, count: rank)
    ct_shape(handle, &sizes)
    shape = sizes.map(Int.init)
    dtype = DType(rawValue: ct_dtype(handle)) ?? .float32
  }

  deinit { ct_free(handle) }

  /// Where the tensor lives.
  public var device: Device { Device(ct_device_of(handle)) }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// How many tensors exist in this process.
  public static var liveCount: Int { Int(ct_live_handles()) }

  /// How many more tensors the calling thread has created than freed. Its change over a loop
  /// reveals leaks, independent of other threads.
  public static var liveCountOfThread: Int { Int(ct_handles_of_thread()) }

  // MARK: Making tensors

  /// A tensor with the given elements, copied from the host.
  ///
  /// - Parameters:
  ///   - scalars: the elements, innermost dimension first in memory (C order).
  ///   - shape: the sizes; their product must be the number of elements.
  ///   - dtype: the element type, by default that of the scalars.
  /// - Throws: `.shapeMismatch` when the shape does not hold that many elements.
  public convenience init<Scalar: TensorScalar>(
    _ scalars: [Scalar], shape: [Int], dtype: DType? = nil, device: Device = .cpu
  ) throws {
    guard shape.elementCount == scalars.count else {
      throw PeregrineError(
        .shapeMismatch, doing: "making a tensor of shape \(shape)",
        found: "\(scalars.count) elements",
        expected: shape.elementCount.map(String.init) ?? "sizes from 0 on, of a possible product")
    }
    let source = try scalars.withUnsafeBytes {
      try Tensor.uploading($0, shape: shape, dtype: Scalar.dtype, device: device)
    }
    self.init(owning: try source.retained(as: dtype ?? Scalar.dtype))
  }

  /// A tensor of floats, convenient for literals.
  public convenience init(_ scalars: [Float], shape: [Int], device: Device = .cpu) throws {
    try self.init(scalars, shape: shape, dtype: .float32, device: device)
  }

  /// A tensor with the bytes of a file or buffer, in C order and native byte order.
  ///
  /// - Throws: `.shapeMismatch` when the length of the buffer does not match shape and element
  ///   type.
  public static func uploading(
    _ bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType, device: Device = .cpu
  ) throws -> Tensor {
    guard let needed = (shape + [dtype.byteCount]).elementCount, bytes.count == needed else {
      throw PeregrineError(
        .shapeMismatch, doing: "making a \(dtype) tensor of shape \(shape)",
        found: "\(bytes.count) bytes", expected: "as many as shape and element type say")
    }
    return try shape.withSizes { sizes, rank in
      try make("making a \(dtype) tensor of shape \(shape)") {
        ct_from_host(bytes.baseAddress, dtype.rawValue, sizes, rank, device.native, $0, $1)
      }
    }
  }

  /// A tensor filled with one number.
  public static func full(
    _ value: Double, shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    try shape.withSizes { sizes, rank in
      try make("making a \(dtype) tensor of shape \(shape)") {
        ct_full(value, dtype.rawValue, sizes, rank, device.native, $0, $1)
      }
    }
  }

  /// A tensor of zeros.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    try full(0, shape: shape, dtype: dtype, device: device)
  }

  /// A tensor of ones.
  public static func ones(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    try full(1, shape: shape, dtype: dtype, device: device)
  }

  /// The numbers 0, 1, … `count − 1`, shape `[count]`.
  public static func range(
    _ count: Int, dtype: DType = .int64, device: Device = .cpu
  ) throws -> Tensor {
    try make("making a range of \(count)") {
      ct_arange(Int64(count), dtype.rawValue, device.native, $0, $1)
    }
  }

  /// An owned handle to the same memory, or to a converted copy.
  private func retained(as dtype: DType) throws -> ct_tensor {
    var converted: ct_tensor?
    try call("making a \(dtype) tensor of shape \(shape)") {
      ct_to(handle, dtype.rawValue, device.native, &converted, $0)
    }
    guard let converted else { preconditionFailure("ct_to reported success without a tensor.") }
    return converted
  }

  // MARK: Reading back

  /// The elements on the host, in C order, converted to the requested type.
  ///
  /// This is a copy, which later changes of the tensor do not affect. Waits for the device.
  public func scalars<Scalar: TensorScalar>(_ type: Scalar.Type) throws -> [Scalar] {
    let source = dtype == Scalar.dtype ? self : try to(Scalar.dtype)
    let doing = "copying a tensor of shape \(shape) to the host"
    return try [Scalar](count: count, doing: doing) { buffer in
      try call(doing) {
        ct_to_host(source.handle, buffer.baseAddress, count * Scalar.dtype.byteCount, $0)
      }
    }
  }

  /// The raw bytes of the elements, in C order and native byte order.
  public func bytes() throws -> [UInt8] {
    let length = count * dtype.byteCount
    let doing = "copying a tensor of shape \(shape) to the host"
    return try [UInt8](count: length, doing: doing) { buffer in
      try call(doing) { ct_to_host(handle, buffer.baseAddress, length, $0) }
    }
  }

  /// The only element of a one-element tensor, as a double.
  public func item() throws -> Double {
    guard count == 1 else {
      throw PeregrineError(
        .shapeMismatch, doing: "reading one number from a tensor", found: "shape \(shape)",
        expected: "one element")
    }
    return try scalars(Double.self)[0]
  }

  // MARK: Converting and copying

  /// The tensor with another element type or on another device; the tensor itself if nothing
  /// changes.
  public func to(_ dtype: DType? = nil, on device: Device? = nil) throws -> Tensor {
    if (dtype ?? self.dtype) == self.dtype, (device ?? self.device) == self.device { return self }
    return try make("converting a tensor of shape \(shape)") {
      ct_to(
        handle, (dtype ?? self.dtype).rawValue, (device ?? self.device).native, $0, $1)
    }
  }

  /// A copy with its own memory.
  public func clone() throws -> Tensor {
    try make("copying a tensor of shape \(shape)") { ct_clone(handle, $0, $1) }
  }

  /// Overwrites the elements with those of a tensor of the same shape, converting as needed.
  ///
  /// Not recorded for gradients.
  public func copy(from source: Tensor) throws {
    try call("copying into a tensor", [self, source]) {
      ct_copy_into(handle, source.handle, $0)
    }
  }
}

extension Tensor: CustomStringConvertible {
  /// Shape, element type and device: `[2, 3] float32 on cpu`.
  public var description: String { "\(shape) \(dtype) on \(device)" }
}
