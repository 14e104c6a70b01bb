import Diagnostics
import FileAccess
import Foundation

/// A picture in memory: RGB, eight bits a channel, rows from top to bottom.
///
///     let photo = try Picture(contentsOf: url).centerCropped(to: 256)
///     try photo.write(png: output, text: ["prompt": "a heart"])
///
/// Values are taken as they are stored, as Pillow does and so the field's preprocessing: colour
/// profiles (gAMA, cHRM, sRGB, ICC) are not applied. Greyscale and palettes become RGB; 16 bits are
/// rounded to 8, where Pillow cuts them off. CMYK becomes RGB by multiplying with black. Alpha is
/// composited over white, since the colour below it was never meant to be seen; Pillow's
/// `convert("RGB")` would uncover it. EXIF's orientation is applied on request only.
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

  /// A picture whose bytes `draw` sets, all of them.
  ///
  /// Every picture that is made, not decoded, is made here.
  /// - Throws: ``PeregrineError`` `.outOfMemory` if it does not fit into memory.
  package init(
    width: Int, height: Int, doing: String = "making",
    drawnBy draw: (UnsafeMutableBufferPointer<UInt8>) throws -> Void
  ) throws {
    precondition(width > 0 && height > 0, "There is no picture of \(width)x\(height).")
    let count = [3, width, height].checkedProduct ?? .max
    self.init(
      width: width, height: height,
      pixels: try Array(
        count: count, doing: "\(doing) a picture of \(width)x\(height) pixels", filledBy: draw))
  }

  /// A picture of one colour (red, green, blue).
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if it does not fit into memory.
  public init(width: Int, height: Int, color: (UInt8, UInt8, UInt8)) throws {
    try self.init(width: width, height: height) { pixels in
      for offset in stride(from: 0, to: pixels.count, by: 3) {
        pixels[offset] = color.0
        pixels[offset + 1] = color.1
        pixels[offset + 2] = color.2
      }
    }
  }

  /// Reads a PNG, JPEG or WebP file. The format is recognised by its first bytes, not by its name.
  ///
  /// - Throws: `.missingInput`, `.io` or `.badData`, naming the file.
  public init(contentsOf url: URL) throws { try self.init(contentsOf: FilePath(url)) }

  /// Reads a PNG, JPEG or WebP file whose name may be any bytes.
  ///
  /// - Throws: `.missingInput`, `.io` or `.badData`, naming the file.
  public init(contentsOf path: FilePath, orientation: PictureOrientation = .stored) throws {
    let data = try readFile(path, doing: "reading the picture `\(path.text)`")
    try self.init(decoding: data, name: path.text, orientation: orientation)
  }

  /// Decodes a PNG, JPEG or WebP.
  ///
  /// - Parameter name: how messages name the picture.
  /// - Throws: `.badData` for other formats, and for truncated or damaged data.
  public init(
    decoding data: Data, name: String, orientation: PictureOrientation = .stored
  ) throws {
    let stored =
      switch PictureFormat(head: data.prefix(16)) {
      case .png: try decodePNG(data, name: name)
      case .jpeg: try decodeJPEG(data, name: name)
      case .webp: try decodeWebP(data, name: name)
      case let other?:
        throw damaged(
          name, found: "a \(other.rawValue) file", expected: "a PNG, JPEG or WebP",
          advice: "Convert it to one of these.")
      case nil:
        throw damaged(
          name,
          found: data.isEmpty
            ? "an empty file"
            : "a file that starts with the bytes "
              + data.prefix(8).map { String(format: "%02x", $0) }.joined(separator: " "),
          expected: "a PNG, JPEG or WebP")
      }
    guard orientation == .upright, let header = try PictureHeader(ByteSource(data)) else {
      self = stored
      return
    }
    self = try stored.upright(from: header.orientation)
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
func damaged(
  _ name: String, found: String, expected: String = "", advice: String = PeregrineError.withoutFile
) -> PeregrineError {
  PeregrineError(
    .badData, doing: "reading the picture `\(name)`", found: found, expected: expected,
    advice: advice)
}

extension PeregrineError {
  /// What to do about a picture that cannot be used.
  package static let withoutFile =
    "Restore the file. To do without it, delete it and start over: a run or a cache that was begun "
    + "with it refuses other data."
}
