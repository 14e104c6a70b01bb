import CPNG
import Diagnostics
import FileAccess
import Foundation

extension Picture {
  /// The picture as a PNG file.
  ///
  /// - Parameter text: texts to store in the file, as uncompressed iTXt chunks right after the
  ///   header, sorted by key. Keys are 1 to 79 printable Latin-1 characters.
  /// - Throws: `.usage` for a key that PNG does not allow, `.failure` when libpng refuses,
  ///   `.outOfMemory`.
  public func pngData(text: [String: String] = [:]) throws -> Data {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    // libpng's documented upper bound for incompressible pixels, plus all other chunks.
    var size = pixels.count + height + pixels.count / 100 + 4_096
    // The encoder's buffer, and the file.
    try requireMemory(2 * size, doing: "encoding a \(width)x\(height) picture as PNG")
    var data = Data(count: size)
    let done = data.withUnsafeMutableBytes { target in
      pixels.withUnsafeBytes { source in
        png_image_write_to_memory(
          &image, target.baseAddress, &size, 0, source.baseAddress, png_int_32(3 * width), nil)
      }
    }
    guard done != 0, size <= data.count else {
      throw PeregrineError(
        .failure, doing: "encoding a \(width)x\(height) picture as PNG", found: image.text)
    }
    let headerEnd = PNGChunk.signature.count + 12 + 13
    let notes = try text.sorted { $0.key < $1.key }.map { try internationalText($0.key, $0.value) }
    return notes.reduce(data.prefix(headerEnd)) { $0 + $1.encoded } + data[headerEnd..<size]
  }

  /// Writes the picture as a PNG file, either completely or not at all; see ``pngData(text:)``.
  ///
  /// - Throws: also `.io`, naming the file.
  public func write(png url: URL, text: [String: String] = [:]) throws {
    try AtomicFile.write(pngData(text: text), to: url)
  }
}

/// Decodes a PNG with libpng's simplified interface, after its chunks have been verified.
///
/// libpng would apply a gAMA chunk, but no ICC profile. Neither is wanted, so it only gets to see
/// the chunks that hold pixels.
func decodePNG(_ data: Data, name: String) throws -> Picture {
  let chunks = try PNGChunk.all(in: data, name: name)
  let kept = chunks.filter(\.decidesPixels)
  let data =
    kept.count == chunks.count
    ? data : kept.reduce(into: Data(PNGChunk.signature)) { $0 += $1.encoded }
  var image = png_image()
  image.version = png_uint_32(PNG_IMAGE_VERSION)
  defer { png_image_free(&image) }
  return try data.withUnsafeBytes { bytes in
    guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
      throw damaged(name, found: "a PNG that libpng refuses: \(image.text)")
    }
    let width = Int(image.width)
    let height = Int(image.height)
    guard width * height <= largestPixelCount else {
      throw damaged(
        name, found: "a PNG of \(width)x\(height) pixels",
        expected: "at most \(largestPixelCount) pixels")
    }
    // What the decoder makes, and the picture.
    try requireMemory(7 * width * height, doing: "reading the picture `\(name)`")
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR) | png_uint_32(PNG_FORMAT_FLAG_ALPHA)
    // Sixteen-bit files without a colour space contain sRGB, not linear light.
    image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    var pixels = [UInt8](repeating: 0, count: 4 * width * height)
    let done = pixels.withUnsafeMutableBytes {
      png_image_finish_read(&image, nil, $0.baseAddress, png_int_32(4 * width), nil)
    }
    guard done != 0 else {
      throw damaged(name, found: "a PNG that libpng cannot decode: \(image.text)")
    }
    return Picture(width: width, height: height, pixels: compositedOverWhite(pixels))
  }
}

/// RGBA to RGB, in the encoded (not linear) values, rounded to nearest.
func compositedOverWhite(_ source: [UInt8]) -> [UInt8] {
  let count = source.count / 4
  return [UInt8](unsafeUninitializedCapacity: 3 * count) { target, written in
    source.withUnsafeBufferPointer { source in
      for pixel in 0..<count {
        let alpha = Int(source[4 * pixel + 3])
        for channel in 0..<3 {
          let value = Int(source[4 * pixel + channel])
          target[3 * pixel + channel] = UInt8((value * alpha + 255 * (255 - alpha) + 127) / 255)
        }
      }
    }
    written = 3 * count
  }
}

extension png_image {
  /// The message of libpng.
  fileprivate var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
