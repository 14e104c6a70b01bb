import Diagnostics
import FileFormats
import Foundation
import Tensors

/// The header of a safetensors file, with every field checked against the others and the file's size.
struct SafetensorsHeader {
  let metadata: [String: String]
  let entries: [String: SafetensorsFile.Entry]
  /// Where the values start.
  let end: Int

  private let path: String

  /// The limit of the reference implementation.
  private static let longest = 100_000_000
  /// The most dimensions that a tensor may have.
  private static let mostDimensions = 64

  init(_ contents: Data, path: String) throws {
    self.path = path
    let kind = FileKind(of: contents)
    guard kind == .safetensors || kind == .unknown, contents.count >= 8 else {
      throw Self.failure(path, found: kind.description, advice: kind.advice)
    }
    let length = contents.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.longest else {
      throw Self.damaged(
        path, "a header length of \(length)", "at most \(Self.longest), as in a safetensors file")
    }
    end = 8 + Int(length)
    guard end <= contents.count else {
      throw Self.damaged(
        path, "\(contents.count) bytes", "at least \(end), as the header length of \(length) says")
    }
    let fields = try JSONKeys.object(contents[contents.startIndex + 8..<contents.startIndex + end])
    { found in
      Self.damaged(path, "a header that is \(found)", "a JSON object, one entry per tensor")
    }
    var tensors = fields
    let texts = tensors.removeValue(forKey: "__metadata__")
    guard texts == nil || texts is [String: String] else {
      throw Self.damaged(path, "`__metadata__` with other values than texts", "texts only")
    }
    metadata = texts as? [String: String] ?? [:]
    entries = try Dictionary(
      uniqueKeysWithValues: tensors.map { name, value in
        (name, try Self.entry(value, name: name, path: path))
      })
    try checkRanges(available: contents.count - end)
  }

  private static func entry(_ value: Any, name: String, path: String) throws
    -> SafetensorsFile.Entry
  {
    guard let fields = value as? [String: Any], let type = fields["dtype"] as? String,
      let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int]
    else {
      throw damaged(path, "`\(name)` without dtype, shape or data_offsets", "all three")
    }
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1] else {
      throw damaged(path, "offsets \(offsets) of `\(name)`", "a start, and an end not before it")
    }
    guard shape.count <= mostDimensions, let count = shape.elementCount else {
      throw damaged(
        path, "the shape \(shape.prefix(mostDimensions)) of `\(name)`",
        "at most \(mostDimensions) sizes from 0 on, of a possible product")
    }
    if let element = StoredElement(rawValue: type) {
      let bytes = [count, element.byteCount].checkedProduct
      guard bytes == offsets[1] - offsets[0] else {
        throw damaged(
          path, "\(offsets[1] - offsets[0]) bytes for `\(name)`",
          "\(bytes.map(String.init) ?? "too many") for shape \(shape) \(type)")
      }
    }
    return SafetensorsFile.Entry(type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// The format allows neither gaps nor overlaps between tensors.
  private func checkRanges(available: Int) throws {
    var position = 0
    for (name, entry) in entries.sorted(by: {
      ($0.value.range.lowerBound, $0.value.range.upperBound) < (
        $1.value.range.lowerBound, $1.value.range.upperBound
      )
    }) {
      guard entry.range.lowerBound == position else {
        throw Self.damaged(
          path, "`\(name)` at byte \(entry.range.lowerBound)",
          "byte \(position), where the tensor before it ends")
      }
      position = entry.range.upperBound
    }
    guard position == available else {
      throw Self.damaged(
        path, "\(end + available) bytes",
        "\([end, position].checkedSum.map(String.init) ?? "more than any file has"), as the header says"
      )
    }
  }

  private static func damaged(_ path: String, _ found: String, _ expected: String)
    -> PeregrineError
  {
    failure(
      path, found: found, expected: expected,
      advice: "The file is damaged or its download incomplete; fetch it again.")
  }

  private static func failure(
    _ path: String, found: String, expected: String = "a safetensors file", advice: String
  ) -> PeregrineError {
    PeregrineError(
      .badData, doing: "reading the safetensors file `\(path)`", found: found, expected: expected,
      advice: advice)
  }
}
