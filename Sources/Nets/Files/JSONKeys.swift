import Diagnostics
import Foundation

/// Reads a JSON object strictly: UTF-8, shallow, and without repeated keys, of which Foundation keeps
/// any one.
struct JSONKeys {
  /// The most brackets inside each other.
  private static let deepest = 4

  /// The keys of the object and of the objects in it, as they are written, with quotes.
  private var keys: [[UInt8]] = []
  /// The number of keys of objects that are nested twice or more.
  private var innerKeys = 0

  /// The content of an object.
  ///
  /// - Parameter failure: makes the error from what was found instead.
  static func object(
    _ data: Data, failure: (_ found: String) -> PeregrineError
  ) throws -> [String: Any] {
    guard data.first == UInt8(ascii: "{"), String(validating: data, as: UTF8.self) != nil else {
      throw failure("not a JSON object in UTF-8")
    }
    guard let scan = data.withUnsafeBytes({ JSONKeys(scanning: $0) }) else {
      throw failure("nested more than \(deepest) deep, or not closed")
    }
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw failure("not a JSON object")
    }
    guard scan.keys.count == object.count, scan.keys.count + scan.innerKeys == keyCount(of: object)
    else {
      throw failure(
        "ambiguous: \(scan.repeatedKey.map { "the key \($0)" } ?? "a key") occurs twice")
    }
    return object
  }

  /// The number of keys in a value, at any depth.
  private static func keyCount(of value: Any) -> Int {
    switch value {
    case let object as [String: Any]:
      object.count + object.values.map(keyCount).reduce(0, +)
    case let list as [Any]: list.map(keyCount).reduce(0, +)
    default: 0
    }
  }

  /// Collects the keys: the texts before colons. `nil` for brackets that are too deep or not closed.
  private init?(scanning bytes: UnsafeRawBufferPointer) {
    var (depth, index) = (0, 0)
    var text = 0..<0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if depth > Self.deepest { return nil }
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":"):
        if depth == 1 { keys.append([UInt8](bytes[text])) } else { innerKeys += 1 }
      case UInt8(ascii: "\""):
        let start = index
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
          index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        text = start..<min(index + 1, bytes.count)
      default: break
      }
      index += 1
    }
    if depth != 0 { return nil }
  }

  /// The first key that the object has twice, with quotes.
  private var repeatedKey: String? {
    var seen: Set<String> = []
    for key in keys {
      let text = try? JSONSerialization.jsonObject(with: Data(key), options: .fragmentsAllowed)
      guard let name = text as? String else { continue }
      if !seen.insert(name).inserted { return "`\(name)`" }
    }
    return nil
  }
}
