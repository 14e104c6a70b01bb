/// Why a record that was read from a file cannot be used: a value, where it is, and what was
/// expected there.
public struct RecordFlaw: Error, Equatable, Sendable, CustomStringConvertible {
  /// The path of the value, such as `window.steps`; empty for the whole record.
  public let place: String
  /// What was found.
  public let found: String
  /// What was expected; empty when `found` says it all.
  public let expected: String

  /// Creates a flaw.
  public init(_ place: String, found: String, expected: String = "") {
    (self.place, self.found, self.expected) = (place, found, expected)
  }

  /// Describes the error of a decoder.
  public init(_ error: DecodingError) {
    switch error {
    case .keyNotFound(let key, let context):
      self.init(Self.dotted(context.codingPath), found: "no `\(key.stringValue)`", expected: "one")
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      self.init(
        Self.dotted(context.codingPath), found: "another value", expected: PeregrineError.kind(type)
      )
    case .dataCorrupted(let context):
      self.init(
        Self.dotted(context.codingPath), found: "a value that cannot be read",
        expected: context.codingPath.isEmpty ? "whole JSON with numbers of usual size" : "")
    @unknown default: self.init("", found: "a value that cannot be read")
    }
  }

  /// The same flaw of a record that is a part of another.
  public func inside(_ section: String) -> RecordFlaw {
    RecordFlaw(place.isEmpty ? section : "\(section).\(place)", found: found, expected: expected)
  }

  /// The flaw for people: "`images`: -1; expected 0 to 1,000,000".
  public var description: String {
    (place.isEmpty ? "" : "`\(place)`: ") + found
      + (expected.isEmpty ? "" : "; expected \(expected)")
  }

  private static func dotted(_ path: [any CodingKey]) -> String {
    path.map { $0.intValue.map(String.init) ?? $0.stringValue }.filter { !$0.isEmpty }
      .joined(separator: ".")
  }
}

/// A record that is read back from a file and checks what its types do not express.
public protocol CheckedRecord {
  /// Finds a number out of its bounds, or numbers that contradict each other.
  func check() throws(RecordFlaw)
}

extension CheckedRecord {
  /// Checks the record as a part of another.
  public func check(in section: String) throws(RecordFlaw) {
    do { try check() } catch { throw error.inside(section) }
  }
}
