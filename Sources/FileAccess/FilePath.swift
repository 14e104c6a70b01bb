import Foundation

/// The path of a file by its bytes, which on Linux need not be UTF-8.
///
/// Paths are ordered by their bytes. For UTF-8 this is the order of code points, in which Python
/// sorts.
public struct FilePath: Hashable, Comparable, Sendable {
  /// The bytes, without the final zero.
  public let bytes: [UInt8]

  /// Creates a path from its bytes.
  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// Creates a path from text.
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// The path of a file URL.
  public init(_ url: URL) { self.init(url.path) }

  /// The path as text. If it is not UTF-8, its bytes outside of ASCII are written like `\xe9`.
  public var text: String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return bytes.reduce(into: "") { text, byte in
      if byte < 0x80 {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "\\x" + String(byte, radix: 16)
      }
    }
  }

  /// The part after the last slash.
  public var name: FilePath {
    FilePath(bytes.lastIndex(of: Self.slash).map { bytes[($0 + 1)...] } ?? bytes[...])
  }

  /// What follows the last dot of the name, in lower case; empty without a dot.
  public var fileExtension: String {
    let name = name.bytes
    guard let dot = name.lastIndex(of: Self.dot), dot > 0 else { return "" }
    return FilePath(name[(dot + 1)...]).text.lowercased()
  }

  /// The path without the extension of its name, and the dot before it.
  public var withoutExtension: FilePath {
    fileExtension.isEmpty
      ? self : FilePath(bytes.lastIndex(of: Self.dot).map { bytes[..<$0] } ?? bytes[...])
  }

  /// The names between the slashes.
  public var parts: [FilePath] { bytes.split(separator: Self.slash).map { FilePath($0) } }

  /// The path of something below this folder.
  public func appending(_ path: FilePath) -> FilePath {
    if bytes.isEmpty { return path }
    return FilePath(bytes + (bytes.last == Self.slash ? [] : [Self.slash]) + path.bytes)
  }

  /// Calls `body` with the path as the system takes it.
  package func withSystemPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (bytes + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { chars in
        // The buffer holds at least the final zero.
        chars.baseAddress.map(body) ?? body("")
      }
    }
  }

  /// Compares bytes.
  public static func < (first: FilePath, second: FilePath) -> Bool {
    first.bytes.lexicographicallyPrecedes(second.bytes)
  }

  private static let slash = UInt8(ascii: "/")
  private static let dot = UInt8(ascii: ".")
}
