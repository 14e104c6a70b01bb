import CWebP
import Diagnostics
import FileAccess
import Foundation

/// The size of a WebP picture, and whether it has several frames; `nil` for a damaged header.
func webPFeatures(_ head: Data) -> (width: Int, height: Int, isAnimated: Bool)? {
  var features = WebPBitstreamFeatures()
  let status = head.withUnsafeBytes { bytes in
    WebPGetFeatures(
      bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &features)
  }
  guard status == VP8_STATUS_OK, features.width > 0, features.height > 0 else { return nil }
  return (Int(features.width), Int(features.height), features.has_animation != 0)
}

/// Decodes a WebP with libwebp. Alpha is composited over white.
///
/// - Throws: `.badData`, also for an animation.
func decodeWebP(_ data: Data, name: String) throws -> Picture {
  let length = data.dropFirst(4).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  guard let features = webPFeatures(data), length + 8 <= data.count else {
    throw damaged(
      name, found: "a damaged or truncated WebP of \(data.count) bytes", expected: "a whole WebP")
  }
  guard !features.isAnimated else {
    throw damaged(name, found: "an animated WebP", expected: "a single picture")
  }
  let count = features.width * features.height
  guard count <= largestPixelCount else {
    throw damaged(
      name, found: "a WebP of \(features.width)x\(features.height) pixels",
      expected: "at most \(largestPixelCount) pixels")
  }
  try requireMemory(7 * count, doing: "reading the picture `\(name)`")
  var pixels = [UInt8](repeating: 0, count: 4 * count)
  let isDecoded = data.withUnsafeBytes { bytes in
    pixels.withUnsafeMutableBufferPointer { target in
      WebPDecodeRGBAInto(
        bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, target.baseAddress,
        target.count, Int32(4 * features.width)) != nil
    }
  }
  guard isDecoded else {
    throw damaged(
      name, found: "a damaged or truncated WebP of \(data.count) bytes", expected: "a whole WebP")
  }
  return Picture(
    width: features.width, height: features.height, pixels: compositedOverWhite(pixels))
}
