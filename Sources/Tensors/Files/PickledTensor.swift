import Diagnostics
import FileAccess

/// The raw numbers that tensors are views of.
struct PickledStorage: Hashable {
  /// The storage's name in the file.
  let key: String
  /// The class, such as `torch.FloatStorage`.
  let className: String
  /// Where this part of the storage starts, in elements.
  var start = 0
  /// The number of elements.
  let count: Int

  /// Bytes per element; `nil` for unknown classes.
  var byteCount: Int? { element?.byteCount ?? Self.otherWidths[className] }

  /// The bytes of all elements: 0 for unknown classes, `Int.max` when there are too many.
  var neededBytes: Int { [count, byteCount ?? 0].checkedProduct ?? .max }

  /// The element type; `nil` for those that are not supported.
  var element: StoredElement? { Self.elements[className] }

  private static let elements: [String: StoredElement] = [
    "torch.DoubleStorage": .float64, "torch.FloatStorage": .float32,
    "torch.BFloat16Storage": .bfloat16, "torch.HalfStorage": .float16,
    "torch.LongStorage": .int64, "torch.IntStorage": .int32, "torch.ShortStorage": .int16,
    "torch.CharStorage": .int8, "torch.ByteStorage": .uint8, "torch.BoolStorage": .bool,
    "torch.UntypedStorage": .uint8, "torch.storage.UntypedStorage": .uint8,
  ]
  /// The storages that are only skipped.
  private static let otherWidths = [
    "torch.ComplexFloatStorage": 8, "torch.ComplexDoubleStorage": 16, "torch.QInt8Storage": 1,
    "torch.QUInt8Storage": 1, "torch.QInt32Storage": 4, "torch.QUInt4x2Storage": 1,
    "torch.QUInt2x4Storage": 1,
  ]
}

/// A tensor as a view of a storage; all sizes are counted in elements.
struct PickledTensor: Hashable {
  let storage: PickledStorage
  /// The element type; `nil` for those that are not supported.
  let element: StoredElement?
  let offset: Int
  let sizes: [Int]
  let strides: [Int]

  /// The most dimensions that a tensor may have.
  static let mostDimensions = 64

  /// Element types that have no storage class of their own, by their names in `torch`.
  static let namedElements: [String: StoredElement] = [
    "torch.uint16": .uint16, "torch.uint32": .uint32, "torch.uint64": .uint64,
    "torch.float8_e4m3fn": .float8E4M3, "torch.float8_e5m2": .float8E5M2,
  ]

  /// The number of elements; `nil` when it is negative or too large to be a number.
  var count: Int? { sizes.elementCount }

  /// One more than the last element of the storage that the view reads; `nil` when sizes, strides or
  /// offset are impossible.
  var end: Int? {
    guard let count, sizes.count == strides.count, offset >= 0, strides.allSatisfy({ $0 >= 0 })
    else { return nil }
    if count == 0 { return 0 }
    var last = offset
    for (size, stride) in zip(sizes, strides) {
      let (distance, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, tooLarge) = last.addingReportingOverflow(distance)
      if tooFar || tooLarge { return nil }
      last = sum
    }
    return last == .max ? nil : last + 1
  }

  /// Whether the elements lie in the storage in the order of the tensor.
  private var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(sizes, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// Passes on the bytes of the elements, in the order of the tensor.
  ///
  /// The view must lie inside the storage: ``end`` is at most its number of elements.
  ///
  /// - Throws: `.outOfMemory`, and what `body` throws.
  func withBytes<Result>(
    in storage: UnsafeRawBufferPointer, width: Int, count: Int,
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    if count == 0 { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    if isContiguous {
      let part = storage[offset * width..<(offset + count) * width]
      return try body(UnsafeRawBufferPointer(rebasing: part))
    }
    try requireMemory(count * width, doing: "copying a tensor of shape \(sizes) together")
    var result: [UInt8] = []
    result.reserveCapacity(count * width)
    var index = [Int](repeating: 0, count: sizes.count)
    var place = offset
    for _ in 0..<count {
      result.append(contentsOf: storage[place * width..<(place + 1) * width])
      for axis in sizes.indices.reversed() {
        // An axis of one element may have any stride, so the sum may leave the range for a moment.
        index[axis] += 1
        place &+= strides[axis]
        if index[axis] < sizes[axis] { break }
        place &-= strides[axis] &* sizes[axis]
        index[axis] = 0
      }
    }
    return try result.withUnsafeBytes(body)
  }
}
