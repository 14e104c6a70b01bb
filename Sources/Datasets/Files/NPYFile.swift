import Diagnostics
import FileAccess
import Foundation
import Pictures

/// An array in NumPy's `.npy` format, read in parts instead of loaded.
///
///     let file = try NPYFile(contentsOf: url)     // checks the header and the file's length
///     let row = try file.floats(0..<file.rowSize)
///
/// Versions 1 and 2, either order of axes, either byte order. A file that is cut off while it is in use
/// is an error of the next read.
///
/// - Source: NumPy, `numpy.lib.format`.
public struct NPYFile: Sendable {
  /// The element types; raw values as in the header of a little-endian file.
  public enum Element: String, Sendable, Codable, CaseIterable {
    case bool = "|b1"
    case uint8 = "|u1"
    case int8 = "|i1"
    case uint16 = "<u2"
    case int16 = "<i2"
    case uint32 = "<u4"
    case int32 = "<i4"
    case uint64 = "<u8"
    case int64 = "<i8"
    case float16 = "<f2"
    case float32 = "<f4"
    case float64 = "<f8"

    /// Bytes per element.
    public var size: Int {
      switch self {
      case .bool, .uint8, .int8: 1
      case .uint16, .int16, .float16: 2
      case .uint32, .int32, .float32: 4
      case .uint64, .int64, .float64: 8
      }
    }

    /// Whether the elements are whole numbers, or truth values, which count as 0 and 1.
    public var isInteger: Bool {
      switch self {
      case .float16, .float32, .float64: false
      default: true
      }
    }
  }

  /// The file's path, or the name given for data in memory.
  public let name: String
  /// The length of each axis.
  public let shape: [Int]
  /// The element type.
  public let element: Element
  /// The whole file.
  let source: ByteSource
  private let start: Int
  private let isBigEndian: Bool
  /// Whether the first axis is the innermost in the file (`fortran_order`).
  private let isReversed: Bool

  /// Opens a file.
  ///
  /// - Throws: `.missingInput`, `.io`, or `.badData` naming the file and the field of its header.
  public init(contentsOf path: FilePath) throws {
    let file = try OpenFile(path, doing: "reading the array `\(path.text)`")
    try self.init(ByteSource(file), name: path.text)
  }

  /// Opens a file and reads its header.
  ///
  /// - Throws: as ``init(contentsOf:)-(FilePath)``.
  public init(contentsOf url: URL) throws { try self.init(contentsOf: FilePath(url)) }

  /// Reads an array from memory; messages refer to it by `name`.
  public init(decoding data: Data, name: String) throws {
    try self.init(ByteSource(data), name: name)
  }

  /// Reads the header of an array; messages refer to it by `name`.
  init(_ source: ByteSource, name: String) throws {
    let start = try source.bytes(0..<min(source.count, Self.longestHeader))
    let header = try NPYHeader(decoding: start, name: name)
    guard source.count - header.end == header.byteCount else {
      throw NPYHeader.failure(
        name, found: "\(source.count - header.end) bytes of elements",
        expected: "\(header.byteCount), as the shape \(header.shape) of \(header.element) says")
    }
    self.name = name
    shape = header.shape
    element = header.element
    self.start = header.end
    isBigEndian = header.isBigEndian
    isReversed = header.isReversed && header.shape.count > 1
    // The elements of a row lie all over such a file, so it is read at once.
    self.source = isReversed ? ByteSource(try source.bytes(0..<source.count)) : source
  }

  /// Bytes that are read for the header. Version 1 has at most 65,546.
  private static let longestHeader = 1 << 17

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The number of entries along the first axis; 1 for a single number.
  public var rows: Int { shape.first ?? 1 }

  /// The number of elements per entry of the first axis.
  public var rowSize: Int { shape.dropFirst().reduce(1, *) }

  /// Elements by their position in row-major order, as floats; float64 and integers are rounded.
  ///
  /// - Throws: `.badData`, naming the file and the row, for NaN and infinity; `.io`.
  public func floats(_ range: Range<Int>) throws -> [Float] {
    let values: [Float] =
      switch element {
      case .bool: try load(UInt8.self, range) { $0 == 0 ? 0 : 1 }
      case .uint8: try load(UInt8.self, range) { Float($0) }
      case .int8: try load(Int8.self, range) { Float($0) }
      case .uint16: try load(UInt16.self, range) { Float($0) }
      case .int16: try load(Int16.self, range) { Float($0) }
      case .uint32: try load(UInt32.self, range) { Float($0) }
      case .int32: try load(Int32.self, range) { Float($0) }
      case .uint64: try load(UInt64.self, range) { Float($0) }
      case .int64: try load(Int64.self, range) { Float($0) }
      case .float16: try load(UInt16.self, range) { Float(Float16(bitPattern: $0)) }
      case .float32: try load(UInt32.self, range) { Float(bitPattern: $0) }
      case .float64: try load(UInt64.self, range) { Float(Double(bitPattern: $0)) }
      }
    try requireFinite(values, from: range.lowerBound)
    return values
  }

  /// Elements by their position in row-major order, as doubles.
  ///
  /// - Throws: `.badData`, naming the file and the row, for NaN and infinity; `.io`.
  public func doubles(_ range: Range<Int>) throws -> [Double] {
    let values: [Double] =
      switch element {
      case .float64: try load(UInt64.self, range) { Double(bitPattern: $0) }
      case .int64: try load(Int64.self, range) { Double($0) }
      case .uint64: try load(UInt64.self, range) { Double($0) }
      case .int32: try load(Int32.self, range) { Double($0) }
      case .uint32: try load(UInt32.self, range) { Double($0) }
      default: try floats(range).map(Double.init)
      }
    try requireFinite(values, from: range.lowerBound)
    return values
  }

  /// Nothing that is computed from NaN or infinity has a meaning, so they are refused where they
  /// are read.
  private func requireFinite(_ values: [some BinaryFloatingPoint], from start: Int) throws {
    // The sum of zeros is zero, and anything that is not finite makes it NaN.
    guard !values.reduce(0, { $0 + $1 * 0 }).isZero,
      let place = values.firstIndex(where: { !$0.isFinite })
    else { return }
    throw NPYHeader.failure(
      name, found: "\(values[place]) in row \((start + place) / max(rowSize, 1))",
      expected: "finite numbers")
  }

  /// Elements by their position in row-major order, as integers. A uint64 beyond `Int` becomes
  /// `Int.max`.
  ///
  /// - Throws: `.badData`, naming the file, when the elements are not integers.
  public func integers(_ range: Range<Int>) throws -> [Int] {
    switch element {
    case .bool: try load(UInt8.self, range) { $0 == 0 ? 0 : 1 }
    case .uint8: try load(UInt8.self, range) { Int($0) }
    case .int8: try load(Int8.self, range) { Int($0) }
    case .uint16: try load(UInt16.self, range) { Int($0) }
    case .int16: try load(Int16.self, range) { Int($0) }
    case .uint32: try load(UInt32.self, range) { Int($0) }
    case .int32: try load(Int32.self, range) { Int($0) }
    case .uint64: try load(UInt64.self, range) { Int(clamping: $0) }
    case .int64: try load(Int64.self, range) { Int($0) }
    case .float16, .float32, .float64:
      throw NPYHeader.failure(
        name, found: "elements of type \(element)", expected: "whole numbers")
    }
  }

  /// The integer at a position as it is in the file, also if it is beyond `Int`; for messages.
  func integerText(at position: Int) throws -> String {
    let range = position..<(position + 1)
    return element == .uint64
      ? "\(try load(UInt64.self, range) { $0 }[0])" : "\(try integers(range)[0])"
  }

  /// Elements by their position in row-major order, as bytes.
  ///
  /// - Throws: `.badData`, naming the file, when the elements are not unsigned bytes.
  public func bytes(_ range: Range<Int>) throws -> [UInt8] {
    guard element == .uint8 else {
      throw NPYHeader.failure(name, found: "elements of type \(element)", expected: "uint8")
    }
    if isReversed { return try load(UInt8.self, range) { $0 } }
    let bytes = try source.bytes((start + range.lowerBound)..<(start + range.upperBound))
    return try Array(joining: [bytes], doing: "reading `\(name)`")
  }

  private func load<Raw: FixedWidthInteger, Value: BitwiseCopyable>(
    _: Raw.Type, _ range: Range<Int>, _ convert: (Raw) -> Value
  ) throws -> [Value] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "Elements \(range) of `\(name)`, which has \(count).")
    let stride = MemoryLayout<Raw>.size
    // Positions are counted from the first element that is read.
    let read = isReversed ? 0..<count : range
    let first = start + read.lowerBound * stride
    let data = try source.bytes(first..<(first + read.count * stride))
    return try data.withUnsafeBytes { bytes in
      try [Value](count: range.count, doing: "reading `\(name)`") { target in
        for (offset, position) in range.enumerated() {
          let place = isReversed ? reversed(position) : offset
          let raw = bytes.loadUnaligned(fromByteOffset: place * stride, as: Raw.self)
          let value = isBigEndian ? Raw(bigEndian: raw) : Raw(littleEndian: raw)
          target.initializeElement(at: offset, to: convert(value))
        }
      }
    }
  }

  /// The place in a file whose first axis is the innermost of an element by its row-major position.
  private func reversed(_ position: Int) -> Int {
    var (rest, outside, place) = (position, count, 0)
    for size in shape.reversed() {
      outside /= size
      place += rest % size * outside
      rest /= size
    }
    return place
  }
}
