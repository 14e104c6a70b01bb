import Diagnostics
import FileAccess
import Foundation

/// A picture in memory: RGB, eight bits a channel, rows from top to bottom.
///
///     let photo = try Picture(contentsOf: url).centerCropped(to: 256)
///     try photo.write(png: output, text: ["prompt": "a heart"])
///
/// Alpha is composited over white, greyscale and palettes become RGB, 16 bits are reduced to 8.
public struct Picture: Sendable, Equatable {
  /// Pixels from left to right.
  public let width: Int
  /// Pixels from top to bottom.
  public let height: Int
  /// Red, green and blue of each pixel, row after row: `3 * width * height` bytes.
  public var pixels: [UInt8] {
    didSet { Self.check(width: width, height: height, count: pixels.count) }
  }

  /// A picture from existing bytes; `pixels` must hold `3 * width * height` of them.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    Self.check(width: width, height: height, count: pixels.count)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of one colour (red, green, blue).
  public init(width: Int, height: Int, color: (UInt8, UInt8, UInt8)) {
    var pixels = [UInt8](repeating: color.0, count: 3 * width * height)
    for offset in stride(from: 0, to: pixels.count, by: 3) {
      pixels[offset + 1] = color.1
      pixels[offset + 2] = color.2
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// Reads a PNG or JPEG file. The format is recognised by its first bytes, not by its name.
  ///
  /// - Throws: `.missingInput`, `.io` or `.badData`, naming the file.
  public init(contentsOf url: URL) throws {
    let data = try readFile(url, doing: "reading the picture `\(url.path)`")
    try self.init(decoding: data, name: url.path)
  }

  /// Decodes a PNG or JPEG.
  ///
  /// - Parameter name: how messages name the picture.
  /// - Throws: `.badData` for other formats, and for truncated or damaged data.
  public init(decoding data: Data, name: String) throws {
    if data.starts(with: PNGChunk.signature) {
      self = try decodePNG(data, name: name)
    } else if data.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = try decodeJPEG(data, name: name)
    } else {
      let start = data.prefix(8).map { String(format: "%02x", $0) }.joined(separator: " ")
      throw damaged(
        name, found: data.isEmpty ? "an empty file" : "a file that starts with the bytes \(start)",
        expected: "a PNG or JPEG")
    }
  }

  private static func check(width: Int, height: Int, count: Int) {
    precondition(
      width > 0 && height > 0 && count == 3 * width * height,
      "A picture of \(width)x\(height) needs 3 * width * height bytes, got \(count).")
  }
}

/// More pixels than any real picture has; beyond this limit the header is considered damaged.
let largestPixelCount = 1 << 28

/// The error for a picture that cannot be decoded.
func damaged(_ name: String, found: String, expected: String = "") -> PeregrineError {
  PeregrineError(
    .badData, doing: "reading the picture `\(name)`", found: found, expected: expected,
    advice: "Restore the file, or delete it to go on without it.")
}
