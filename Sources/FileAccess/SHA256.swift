import Crypto
import Diagnostics
import Foundation

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
package func sha256(of data: Data) -> String {
  SHA256.hash(data: data).hexadecimal
}

/// The SHA-256 of a file, read in pieces, as 64 hexadecimal digits.
///
/// - Throws: `.missingInput` when it does not exist, `.io` when it cannot be read.
package func sha256(ofFile url: URL) throws -> String {
  var hash = SHA256()
  do throws(SystemCallFailure) {
    let descriptor = try openFile(url, O_RDONLY)
    defer { close(descriptor) }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    while true {
      let count = read(descriptor, piece.baseAddress, piece.count)
      if count == 0 { return hash.finalize().hexadecimal }
      if count > 0 {
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece[..<count]))
      } else if errno != EINTR {
        throw SystemCallFailure()
      }
    }
  } catch {
    throw PeregrineError(
      error.number == ENOENT ? .missingInput : .io, doing: "reading `\(url.path)`",
      found: "\(error)", advice: "Check the path and the disk.")
  }
}

extension SHA256Digest {
  /// As 64 hexadecimal digits.
  package var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
