import Crypto
import Foundation

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
package func sha256(of data: Data) -> String {
  SHA256.hash(data: data).hexadecimal
}

/// The SHA-256 of a file, read in pieces, as 64 hexadecimal digits.
///
/// - Throws: `.missingInput` when it does not exist, `.io` when it cannot be read.
package func sha256(ofFile path: FilePath) throws -> String {
  try ByteSource(OpenFile(path, doing: "reading `\(path.text)`")).sha256()
}

/// The SHA-256 of a file, read in pieces, as 64 hexadecimal digits.
///
/// - Throws: `.missingInput` when it does not exist, `.io` when it cannot be read.
package func sha256(ofFile url: URL) throws -> String { try sha256(ofFile: FilePath(url)) }

extension SHA256Digest {
  /// As 64 hexadecimal digits.
  package var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
