import Diagnostics
import FileAccess
import Foundation
import Tensors

/// A memory-mapped safetensors file: the header is read and checked at once, tensors when they are
/// requested.
///
/// The format: a uint64 little-endian header length, that many bytes of JSON
/// `{name: {dtype, shape, data_offsets}}`, then raw little-endian values in C order. Narrow and unsigned
/// integers are read as int64, 8-bit floats as float32. Tensors of other types, such as complex
/// numbers, only fail when they are requested.
public struct SafetensorsFile {
  /// The header's description of one tensor.
  public struct Entry: Sendable {
    /// The element type's name in the file.
    public let type: String
    /// The sizes.
    public let shape: [Int]
    /// The byte range of the values, counted from the end of the header.
    public let range: Range<Int>

    /// The element type of the tensor that is read; `nil` for types that are not supported.
    public var dtype: DType? { element?.dtype }

    var element: StoredElement? { StoredElement(rawValue: type) }
  }

  /// The file's path, for messages.
  public let path: String
  /// The free-form texts under `__metadata__`.
  public let metadata: [String: String]
  /// The tensors' descriptions by name.
  public let entries: [String: Entry]
  private let contents: Data
  private let valuesStart: Int

  /// Maps a file and checks every field of its header.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput`, or `.badData` naming what is wrong.
  public init(_ url: URL) throws {
    path = url.path
    contents = try readFile(
      url, doing: "opening the safetensors file `\(url.path)`", mapped: true)
    let header = try SafetensorsHeader(contents, path: url.path)
    (metadata, entries) = (header.metadata, header.entries)
    valuesStart = header.end
  }

  /// The names in alphabetical order.
  public var names: [String] { entries.keys.sorted() }

  /// Reads one tensor.
  ///
  /// - Throws: ``PeregrineError`` `.badData` with the nearest names if there is no tensor of that
  ///   name.
  public func tensor(_ name: String, device: Device = .cpu) throws -> Tensor {
    guard let entry = entries[name] else {
      let near = nearestNames(to: name, among: names).map { "`\($0)`" }.joined(separator: ", ")
      throw PeregrineError(
        .badData, doing: "reading `\(name)` from `\(path)`", found: "no tensor of that name",
        advice: near.isEmpty ? "" : "Did you mean \(near)?")
    }
    guard let element = entry.element else {
      let known = StoredElement.allCases.map(\.rawValue).joined(separator: ", ")
      throw PeregrineError(
        .badData, doing: "reading `\(name)` from `\(path)`",
        found: "the element type \(entry.type)", expected: "one of \(known)",
        advice: "Convert this tensor, for example to float32.")
    }
    let start = contents.startIndex + valuesStart
    return try contents[start + entry.range.lowerBound..<start + entry.range.upperBound]
      .withUnsafeBytes { try element.tensor($0, shape: entry.shape, device: device) }
  }

  /// Reads all tensors, except those of element types that are not supported.
  public func tensors(device: Device = .cpu) throws -> [String: Tensor] {
    try Dictionary(
      uniqueKeysWithValues: entries.filter { $0.value.element != nil }
        .map { ($0.key, try tensor($0.key, device: device)) })
  }

  /// The tensors whose element types are not supported, with their types.
  public var unreadable: [(name: String, type: String)] {
    entries.filter { $0.value.element == nil }.map { ($0.key, $0.value.type) }
  }

  /// Writes tensors in the given order, atomically.
  ///
  /// - Throws: ``PeregrineError`` `.io`, or `.failure` when two tensors have the same name; the
  ///   previous file is then left unchanged.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to url: URL
  ) throws {
    var fields: [String: Any] = metadata.isEmpty ? [:] : ["__metadata__": metadata]
    var offset = 0
    for (name, tensor) in tensors {
      guard fields[name] == nil, name != "__metadata__" else {
        throw PeregrineError(
          .failure, doing: "writing the safetensors file `\(url.path)`",
          found: "a second entry `\(name)`", expected: "names that occur once")
      }
      let end = offset + tensor.count * tensor.dtype.byteCount
      fields[name] = [
        "dtype": StoredElement(tensor.dtype).rawValue, "shape": tensor.shape,
        "data_offsets": [offset, end],
      ]
      offset = end
    }
    var header = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
    // Values start at a multiple of 8, so that they can be mapped and used in place.
    header.append(Data(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    let length = UInt64(header.count).littleEndian
    try AtomicFile.write(to: url) { file in
      try withUnsafeBytes(of: length) { try file.append($0) }
      try header.withUnsafeBytes { try file.append($0) }
      for (_, tensor) in tensors {
        try tensor.bytes().withUnsafeBytes { try file.append($0) }
      }
    }
  }
}
