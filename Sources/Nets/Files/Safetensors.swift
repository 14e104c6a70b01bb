import Diagnostics
import FileAccess
import Foundation
import Tensors

/// A memory-mapped safetensors file: the header is read and checked at once, tensors when they are
/// requested.
///
/// The format: a uint64 little-endian header length, that many bytes of JSON
/// `{name: {dtype, shape, data_offsets}}`, then raw little-endian values in C order. Integers of one,
/// two and four bytes are widened to int64.
public struct SafetensorsFile {
  /// The header's description of one tensor.
  public struct Entry: Sendable {
    /// The element type.
    public let dtype: DType
    /// The sizes.
    public let shape: [Int]
    /// The byte range of the values, counted from the end of the header.
    public let range: Range<Int>
    /// The integer type of the values in the file, if reading widens them.
    let narrow: NarrowInteger?
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
    do {
      contents = try Data(contentsOf: url, options: .alwaysMapped)
    } catch {
      throw PeregrineError(
        .missingInput, doing: "opening the safetensors file `\(url.path)`",
        found: "no readable file", advice: "Check the path.", cause: error)
    }
    guard contents.count >= 8 else {
      throw Self.damaged(url.path, "\(contents.count) bytes", "at least 8")
    }
    let length = contents.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= 100_000_000, 8 + Int(length) <= contents.count else {
      throw Self.damaged(
        url.path, "a header length of \(length) in a file of \(contents.count) bytes",
        "a header inside the file")
    }
    valuesStart = 8 + Int(length)
    let json = try? JSONSerialization.jsonObject(with: contents[8..<valuesStart])
    guard var fields = json as? [String: Any] else {
      throw Self.damaged(url.path, "a header that is not a JSON object", "one entry per tensor")
    }
    metadata = fields.removeValue(forKey: "__metadata__") as? [String: String] ?? [:]
    let available = contents.count - valuesStart
    entries = try Dictionary(
      uniqueKeysWithValues: fields.map { name, value in
        (name, try Self.entry(value, name: name, path: url.path, available: available))
      })
    try checkThatRangesTile(available)
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
    let start = contents.startIndex + valuesStart
    return try contents[start + entry.range.lowerBound..<start + entry.range.upperBound]
      .withUnsafeBytes { bytes in
        if let narrow = entry.narrow {
          return try Tensor(narrow.widened(bytes), shape: entry.shape, device: device)
        }
        return try Tensor.uploading(
          bytes, shape: entry.shape, dtype: entry.dtype, device: device)
      }
  }

  /// Reads all tensors.
  public func tensors(device: Device = .cpu) throws -> [String: Tensor] {
    try Dictionary(uniqueKeysWithValues: names.map { ($0, try tensor($0, device: device)) })
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
        "dtype": Self.dtypeNames[tensor.dtype] ?? "", "shape": tensor.shape,
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

  private static let dtypeNames: [DType: String] = [
    .float64: "F64", .float32: "F32", .bfloat16: "BF16", .float16: "F16", .int64: "I64",
    .uint8: "U8", .bool: "BOOL",
  ]

  private static func entry(_ value: Any, name: String, path: String, available: Int) throws
    -> Entry
  {
    guard let fields = value as? [String: Any], let code = fields["dtype"] as? String,
      let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int]
    else {
      throw damaged(path, "`\(name)` without dtype, shape or data_offsets", "all three")
    }
    let narrow = NarrowInteger(rawValue: code)
    guard
      let dtype = narrow.map({ _ in .int64 }) ?? dtypeNames.first(where: { $0.value == code })?.key
    else {
      let known = Array(dtypeNames.values) + NarrowInteger.allCases.map(\.rawValue)
      throw damaged(
        path, "dtype \(code) of `\(name)`", "one of \(known.sorted().joined(separator: ", "))")
    }
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= available,
      shape.allSatisfy({ $0 >= 0 })
    else {
      throw damaged(
        path, "offsets \(offsets) of `\(name)`", "a range inside the \(available) bytes of values")
    }
    var bytes = narrow?.byteCount ?? dtype.byteCount
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      bytes = overflow ? Int.max : product
    }
    guard bytes == offsets[1] - offsets[0] else {
      throw damaged(
        path, "\(offsets[1] - offsets[0]) bytes for `\(name)`",
        "\(bytes) for shape \(shape) \(code)")
    }
    return Entry(
      dtype: dtype, shape: shape, range: offsets[0]..<offsets[1], narrow: narrow)
  }

  /// The format allows neither gaps nor overlaps between tensors.
  private func checkThatRangesTile(_ available: Int) throws {
    var end = 0
    for (name, entry) in entries.sorted(by: {
      ($0.value.range.lowerBound, $0.value.range.upperBound) < (
        $1.value.range.lowerBound, $1.value.range.upperBound
      )
    }) {
      guard entry.range.lowerBound == end else {
        throw Self.damaged(path, "`\(name)` at byte \(entry.range.lowerBound)", "byte \(end)")
      }
      end = entry.range.upperBound
    }
    guard end == available else {
      throw Self.damaged(path, "\(available) bytes of values", "\(end), as the header says")
    }
  }

  private static func damaged(_ path: String, _ found: String, _ expected: String)
    -> PeregrineError
  {
    PeregrineError(
      .badData, doing: "reading the safetensors file `\(path)`", found: found, expected: expected,
      advice: "The file is damaged or its download incomplete; fetch it again.")
  }
}
