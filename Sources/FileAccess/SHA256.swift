import Crypto
import Foundation

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
package func sha256(of data: Data) -> String {
  SHA256.hash(data: data).hexadecimal
}

extension SHA256Digest {
  /// As 64 hexadecimal digits.
  package var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
