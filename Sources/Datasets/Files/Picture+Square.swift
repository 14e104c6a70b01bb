import Diagnostics
import Pictures

extension Picture {
  /// The square centre of the picture; see `centerCropped(to:)`.
  ///
  /// - Throws: `.badData`, with the name, for a picture that is far too narrow; `.outOfMemory`.
  func square(of size: Int, name: String) throws -> Picture {
    try requireAspect(width, height, name: name)
    return try centerCropped(to: size)
  }
}

/// A larger ratio of the sides is treated as damaged, since resizing would take too much memory.
private let greatestAspect = 100

/// Throws `.badData` for a picture that is far too narrow to be cropped to a square.
func requireAspect(_ width: Int, _ height: Int, name: String) throws {
  guard max(width, height) > greatestAspect * min(width, height) else { return }
  throw PeregrineError(
    .badData, doing: "cropping the picture `\(name)`", found: "\(width)x\(height) pixels",
    expected: "sides at most \(greatestAspect) times as long as each other",
    advice: PeregrineError.withoutFile)
}

/// Throws `.usage` for an impossible picture size.
func checkSize(_ size: Int?, of path: String) throws {
  guard let size, size < 1 || size > 1 << 14 else { return }
  throw PeregrineError(
    .usage, doing: "opening the dataset `\(path)`", found: "a size of \(size) pixels",
    expected: "1 to \(1 << 14)", advice: "Set another size.")
}
