import Diagnostics
import FileFormats
import Foundation

/// The header of an `.npy` file.
struct NPYHeader {
  let shape: [Int]
  let element: NPYFile.Element
  /// Whether the most significant byte of an element comes first.
  let isBigEndian: Bool
  /// Whether the first axis is the innermost (`fortran_order`).
  let isReversed: Bool
  /// Where the elements start.
  let end: Int

  /// numpy refuses longer ones, too, unless told otherwise.
  private static let longest = 65_536
  private static let mostDimensions = 64
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The number of bytes that the elements take.
  var byteCount: Int { shape.reduce(element.size, *) }

  /// The error for a file that is not a supported array.
  static func failure(
    _ name: String, found: String, expected: String,
    advice: String = "Restore the file, or save the array again with numpy.save."
  ) -> PeregrineError {
    PeregrineError(
      .badData, doing: "reading the array `\(name)`", found: found, expected: expected,
      advice: advice)
  }

  /// The bytes of a version 1 header, padded so that the elements start at a multiple of 64.
  static func encoded(shape: [Int], element: NPYFile.Element) -> Data {
    let tuple = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': (\(tuple)), }"
    let length = (magic.count + 4 + text.utf8.count + 1 + 63) / 64 * 64 - magic.count - 4
    text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
    return Data(magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]) + Data(text.utf8)
  }

  /// Reads and checks every field.
  init(decoding data: Data, name: String) throws {
    let bytes = [UInt8](data.prefix(12))
    guard bytes.count == 12, bytes.starts(with: Self.magic) else {
      let kind = FileKind(of: data)
      throw Self.failure(
        name,
        found: kind == .unknown
          ? "\(data.count) bytes that do not start as an .npy file does" : kind.description,
        expected: "a NumPy array", advice: kind.advice)
    }
    guard bytes[6] == 1 || bytes[6] == 2, bytes[7] == 0 else {
      throw Self.failure(
        name, found: "format version \(bytes[6]).\(bytes[7])", expected: "version 1.0 or 2.0")
    }
    let lengthBytes = bytes[6] == 1 ? 2 : 4
    let length = bytes[8..<(8 + lengthBytes)].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.longest else {
      throw Self.failure(
        name, found: "a header of \(length) bytes", expected: "at most \(Self.longest)")
    }
    end = 8 + lengthBytes + length
    guard end <= data.count else {
      throw Self.failure(
        name, found: "\(data.count) bytes, which end inside the header",
        expected: "a header of \(end) bytes")
    }
    let text = String(decoding: data.dropFirst(8 + lengthBytes).prefix(length), as: UTF8.self)
    var scanner = NPYHeaderScanner(text)
    guard let fields = scanner.dictionary(),
      Set(fields.keys) == ["descr", "fortran_order", "shape"]
    else {
      throw Self.failure(
        name, found: "the header \(text.prefix(200))",
        expected: "descr, fortran_order and shape")
    }
    (element, isBigEndian) = try Self.element(fields["descr"], name: name)
    guard let order = fields["fortran_order"], order == "False" || order == "True" else {
      throw Self.failure(
        name, found: "fortran_order \(fields["fortran_order"] ?? "")", expected: "True or False")
    }
    isReversed = order == "True"
    shape = try Self.shape(fields["shape"], element: element, name: name)
  }

  /// The element type and whether it is big-endian.
  private static func element(_ text: String?, name: String) throws -> (NPYFile.Element, Bool) {
    let text = text?.trimmingCharacters(in: ["'", "\""]) ?? ""
    let kind = text.dropFirst()
    let known = NPYFile.Element.allCases.first { $0.rawValue.dropFirst() == kind }
    guard let known, let order = text.first, "<>|=".contains(order) else {
      let names = NPYFile.Element.allCases.map { "\($0)" }.joined(separator: ", ")
      throw failure(
        name, found: "elements of type `\(text)`\(meaning(kind))", expected: "one of \(names)",
        advice: "Convert the array with `.astype` and save it again with numpy.save.")
    }
    return (known, order == ">")
  }

  /// What a type is that cannot be read.
  private static func meaning(_ kind: Substring) -> String {
    switch kind.first {
    case "O": " (Python objects)"
    case "c": " (complex numbers)"
    case "U", "S": " (texts)"
    case "M", "m": " (times)"
    case "V": " (raw bytes, such as bfloat16)"
    default: ""
    }
  }

  private static func shape(
    _ text: String?, element: NPYFile.Element, name: String
  ) throws -> [Int] {
    let text = text ?? ""
    let parts = text.dropFirst().dropLast().split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let shape = parts.compactMap { Int($0) }
    var size = element.size
    let fits = shape.allSatisfy { length in
      let product = size.multipliedReportingOverflow(by: max(length, 1))
      size = product.partialValue
      return length >= 0 && !product.overflow
    }
    guard text.hasPrefix("("), text.hasSuffix(")"), shape.count == parts.count, fits,
      shape.count <= mostDimensions
    else {
      throw failure(
        name, found: "the shape `\(text.prefix(200))`",
        expected: "a tuple of at most \(mostDimensions) lengths, whose product is possible")
    }
    return shape
  }
}

/// Reads the Python dictionary of a header: keys in quotes; strings, words or tuples as values.
private struct NPYHeaderScanner {
  private var rest: Substring

  init(_ text: String) { rest = Substring(text) }

  /// The texts of keys and values, or `nil` when it is not such a dictionary or a key is repeated.
  mutating func dictionary() -> [String: String]? {
    var fields: [String: String] = [:]
    guard skip("{") else { return nil }
    while !skip("}") {
      guard let key = quoted(), skip(":"), let value = value(), fields[key] == nil else {
        return nil
      }
      fields[key] = value
      guard skip(",") || rest.first == "}" else { return nil }
    }
    return rest.allSatisfy(\.isWhitespace) ? fields : nil
  }

  private mutating func value() -> String? {
    skipSpace()
    switch rest.first {
    case "'", "\"": return quoted()
    case "(":
      guard let close = rest.firstIndex(of: ")") else { return nil }
      defer { rest = rest[rest.index(after: close)...] }
      return String(rest[...close])
    default:
      let word = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(word.count)
      return word.isEmpty ? nil : String(word)
    }
  }

  private mutating func quoted() -> String? {
    skipSpace()
    guard let mark = rest.first, mark == "'" || mark == "\"" else { return nil }
    let inside = rest.dropFirst().prefix { $0 != mark }
    guard inside.endIndex < rest.endIndex else { return nil }
    rest = rest[rest.index(after: inside.endIndex)...]
    return String(inside)
  }

  private mutating func skip(_ character: Character) -> Bool {
    skipSpace()
    guard rest.first == character else { return false }
    rest.removeFirst()
    skipSpace()
    return true
  }

  private mutating func skipSpace() { rest = rest.drop(while: \.isWhitespace) }
}
