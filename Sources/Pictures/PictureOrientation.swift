import Foundation

/// What is done with the orientation that a camera notes in a picture's EXIF data.
public enum PictureOrientation: String, Sendable, Codable, CaseIterable {
  /// Pixels are taken as they are stored, as Pillow's `Image.open` does.
  case stored
  /// Pictures are turned the way viewers show them, as Pillow's `ImageOps.exif_transpose` does.
  case upright
}

extension Picture {
  /// The picture turned the way viewers show it.
  ///
  /// - Parameter orientation: the value in its EXIF data; 1, and everything outside of 2 to 8, is
  ///   upright.
  /// - Throws: ``PeregrineError`` `.outOfMemory` if it does not fit into memory.
  func upright(from orientation: Int) throws -> Picture {
    guard (2...8).contains(orientation) else { return self }
    let isTransposed = orientation >= 5
    let (width, height) = isTransposed ? (self.height, self.width) : (self.width, self.height)
    return try Picture(width: width, height: height, doing: "turning upright") { result in
      pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<height {
          for x in 0..<width {
            let (column, row) =
              switch orientation {
              case 2: (width - 1 - x, y)
              case 3: (width - 1 - x, height - 1 - y)
              case 4: (x, height - 1 - y)
              case 5: (y, x)
              case 6: (y, width - 1 - x)
              case 7: (height - 1 - y, width - 1 - x)
              default: (height - 1 - y, x)
              }
            let (to, from) = (3 * (y * width + x), 3 * (row * self.width + column))
            for channel in 0..<3 { result[to + channel] = pixels[from + channel] }
          }
        }
      }
    }
  }
}

/// The orientation in EXIF data (a TIFF header and its first directory), or 1 if there is none.
func exifOrientation(_ data: Data) -> Int {
  let bytes = [UInt8](data.starts(with: Data("Exif\0\0".utf8)) ? data.dropFirst(6) : data)
  let isLittle = bytes.starts(with: Array("II".utf8))
  guard isLittle || bytes.starts(with: Array("MM".utf8)) else { return 1 }
  func number(_ start: Int, _ length: Int) -> Int? {
    guard start >= 0, start + length <= bytes.count else { return nil }
    let part = bytes[start..<start + length]
    return (isLittle ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
  }
  guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else {
    return 1
  }
  for entry in 0..<count {
    let start = directory + 2 + 12 * entry
    guard let tag = number(start, 2) else { return 1 }
    guard tag == 0x0112 else { continue }
    let value = number(start + 8, 2) ?? 1
    return number(start + 2, 2) == 3 && (1...8).contains(value) ? value : 1
  }
  return 1
}
