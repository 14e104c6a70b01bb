import CTurboJPEG
import Diagnostics
import FileAccess
import Foundation

/// Decodes a JPEG with libjpeg-turbo: accurate DCT, smooth chroma upsampling.
///
/// - Throws: `.badData`, also if the library only warns that the data ends too early.
func decodeJPEG(_ data: Data, name: String) throws -> Picture {
  guard let decoder = tjInitDecompress() else {
    throw PeregrineError(
      .outOfMemory, doing: "reading the picture `\(name)`", found: "no memory for a JPEG decoder")
  }
  defer { tjDestroy(decoder) }
  return try data.withUnsafeBytes { bytes in
    let source = bytes.bindMemory(to: UInt8.self).baseAddress
    let length = UInt(bytes.count)
    var width: Int32 = 0
    var height: Int32 = 0
    var subsampling: Int32 = 0
    var colors: Int32 = 0
    guard
      tjDecompressHeader3(decoder, source, length, &width, &height, &subsampling, &colors) == 0
    else {
      throw damaged(name, found: "a damaged JPEG header: \(message(decoder))")
    }
    guard width > 0, height > 0, Int(width) * Int(height) <= largestPixelCount else {
      throw damaged(name, found: "a JPEG of \(width)x\(height) pixels")
    }
    // What the decoder makes, and the picture.
    try requireMemory(7 * Int(width) * Int(height), doing: "reading the picture `\(name)`")
    let inks = [TJCS_CMYK, TJCS_YCCK].contains { $0.rawValue == UInt32(colors) }
    let format = inks ? TJPF_CMYK : TJPF_RGB
    let channels = inks ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: channels * Int(width) * Int(height))
    let status = tjDecompress2(
      decoder, source, length, &pixels, width, 0, height, Int32(format.rawValue),
      TJFLAG_ACCURATEDCT)
    guard status == 0 || isHarmless(decoder, bytes) else {
      throw damaged(
        name, found: "a damaged or truncated JPEG of \(data.count) bytes: \(message(decoder))",
        expected: "a whole JPEG")
    }
    return Picture(
      width: Int(width), height: Int(height), pixels: inks ? withoutInks(pixels) : pixels)
  }
}

/// Whether the only warning is about stray bytes before a marker, and the end marker is present.
///
/// Some well-known photo collections contain such files; all their pixels are intact.
private func isHarmless(_ decoder: tjhandle, _ bytes: UnsafeRawBufferPointer) -> Bool {
  guard tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue),
    message(decoder).contains("extraneous bytes before marker")
  else { return false }
  let tail = bytes.suffix(64)
  return zip(tail, tail.dropFirst()).contains { $0 == 0xFF && $1 == 0xD9 }
}

/// Converts four inverted inks, as Adobe's programs store them, to RGB.
private func withoutInks(_ source: [UInt8]) -> [UInt8] {
  (0..<(source.count / 4 * 3)).map { offset in
    let pixel = offset / 3 * 4
    return UInt8((Int(source[pixel + offset % 3]) * Int(source[pixel + 3]) + 127) / 255)
  }
}

/// The last message of libjpeg-turbo.
private func message(_ decoder: tjhandle) -> String {
  tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "no reason given"
}
