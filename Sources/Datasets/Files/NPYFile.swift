import Diagnostics
import FileAccess
import Foundation
import Pictures

/// An array in NumPy's `.npy` format, memory-mapped instead of loaded.
///
///     let file = try NPYFile(contentsOf: url)     // checks the header and the file's length
///     let row = file.floats(0..<file.rowSize)
///
/// Versions 1 and 2, C order, little-endian. The file must not be written while it is in use.
///
/// - Source: NumPy, `numpy.lib.format`.
public struct NPYFile: Sendable {
  /// The element types; raw values as in the file's header.
  public enum Element: String, Sendable, Codable, CaseIterable {
    case uint8 = "|u1"
    case int8 = "|i1"
    case int32 = "<i4"
    case int64 = "<i8"
    case float16 = "<f2"
    case float32 = "<f4"
    case float64 = "<f8"

    /// Bytes per element.
    public var size: Int {
      switch self {
      case .uint8, .int8: 1
      case .float16: 2
      case .int32, .float32: 4
      case .int64, .float64: 8
      }
    }

    /// Whether the elements are integers.
    public var isInteger: Bool { rawValue.contains("u") || rawValue.contains("i") }
  }

  /// The file's path, or the name given for data in memory.
  public let name: String
  /// The length of each axis.
  public let shape: [Int]
  /// The element type.
  public let element: Element
  /// The whole file.
  let data: Data
  private let start: Int

  /// Opens a file.
  ///
  /// - Throws: `.missingInput`, `.io`, or `.badData` naming the file and the field of its header.
  public init(contentsOf url: URL) throws {
    let doing = "reading the array `\(url.path)`"
    try self.init(decoding: readFile(url, doing: doing, mapped: true), name: url.path)
  }

  /// Reads an array from memory; messages refer to it by `name`.
  public init(decoding data: Data, name: String) throws {
    let header = try NPYHeader(decoding: data, name: name)
    guard data.count == header.end + header.byteCount else {
      throw NPYHeader.failure(
        name, found: "\(data.count - header.end) bytes of elements",
        expected: "\(header.byteCount), as the shape \(header.shape) of \(header.element) says")
    }
    self.name = name
    self.data = data
    shape = header.shape
    element = header.element
    start = header.end
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The number of entries along the first axis; 1 for a single number.
  public var rows: Int { shape.first ?? 1 }

  /// The number of elements per entry of the first axis.
  public var rowSize: Int { shape.dropFirst().reduce(1, *) }

  /// Elements by their position in row-major order, as floats; float64 and integers are rounded.
  public func floats(_ range: Range<Int>) -> [Float] {
    switch element {
    case .uint8: load(UInt8.self, range) { Float($0) }
    case .int8: load(Int8.self, range) { Float($0) }
    case .int32: load(Int32.self, range) { Float($0) }
    case .int64: load(Int64.self, range) { Float($0) }
    case .float16: load(Float16.self, range) { Float($0) }
    case .float32: load(Float.self, range) { $0 }
    case .float64: load(Double.self, range) { Float($0) }
    }
  }

  /// Elements by their position in row-major order, as doubles.
  public func doubles(_ range: Range<Int>) -> [Double] {
    element == .float64 ? load(Double.self, range) { $0 } : floats(range).map(Double.init)
  }

  /// Elements by their position in row-major order, as integers.
  ///
  /// - Throws: `.badData`, naming the file, when the elements are not integers.
  public func integers(_ range: Range<Int>) throws -> [Int] {
    switch element {
    case .uint8: load(UInt8.self, range) { Int($0) }
    case .int8: load(Int8.self, range) { Int($0) }
    case .int32: load(Int32.self, range) { Int($0) }
    case .int64: load(Int64.self, range) { Int($0) }
    default:
      throw NPYHeader.failure(
        name, found: "elements of type \(element)", expected: "whole numbers")
    }
  }

  /// Elements by their position in row-major order, as bytes.
  ///
  /// - Throws: `.badData`, naming the file, when the elements are not unsigned bytes.
  public func bytes(_ range: Range<Int>) throws -> [UInt8] {
    guard element == .uint8 else {
      throw NPYHeader.failure(name, found: "elements of type \(element)", expected: "uint8")
    }
    let first = data.startIndex + start
    return [UInt8](data[(first + range.lowerBound)..<(first + range.upperBound)])
  }

  private func load<Raw: BitwiseCopyable, Value>(
    _: Raw.Type, _ range: Range<Int>, _ convert: (Raw) -> Value
  ) -> [Value] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "Elements \(range) of `\(name)`, which has \(count).")
    let stride = MemoryLayout<Raw>.size
    return data.withUnsafeBytes { bytes in
      [Value](unsafeUninitializedCapacity: range.count) { target, written in
        for (offset, position) in range.enumerated() {
          let raw = bytes.loadUnaligned(fromByteOffset: start + position * stride, as: Raw.self)
          target.initializeElement(at: offset, to: convert(raw))
        }
        written = range.count
      }
    }
  }
}
