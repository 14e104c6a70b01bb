/// A name as a key, equal to another only if all bytes are.
///
/// Swift's `==` and `Set` take the two spellings of `é`, as one code point or as an `e` with an accent,
/// for the same text. File systems do not: they may be two files, or two classes.
public struct ExactName: Hashable, Sendable {
  private let bytes: [UInt8]

  /// Makes a key of a name.
  public init(_ text: String) { bytes = Array(text.utf8) }
}

extension StringProtocol {
  /// Whether all bytes are the same; see ``ExactName``.
  public func isExactly(_ other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }
}
