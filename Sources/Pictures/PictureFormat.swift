import Foundation

/// The format of a picture file, recognised by its first bytes.
public enum PictureFormat: String, Sendable, CaseIterable {
  case png = "PNG"
  case jpeg = "JPEG"
  case webp = "WebP"
  case bmp = "BMP"
  case gif = "GIF"
  case tiff = "TIFF"
  case netpbm = "PPM"
  case heic = "HEIC"
  case avif = "AVIF"
  case jpegXL = "JPEG XL"
  case jpeg2000 = "JPEG 2000"

  /// Extensions of files that are expected to be readable pictures.
  public static let readableExtensions: Set<String> = ["png", "jpg", "jpeg", "jpe", "jfif", "webp"]

  /// Whether ``Picture`` can read it.
  public var isReadable: Bool { self == .png || self == .jpeg || self == .webp }

  /// Recognises a format; `nil` if the bytes do not start like a known picture.
  ///
  /// - Parameter head: the first 16 bytes of the file, or more.
  public init?(head: some Collection<UInt8>) {
    let head = Array(head.prefix(16))
    func has(_ text: String, at start: Int = 0) -> Bool {
      head.count >= start + text.utf8.count && head.dropFirst(start).starts(with: Array(text.utf8))
    }
    let found: PictureFormat? =
      if head.starts(with: PNGChunk.signature) {
        .png
      } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
        .jpeg
      } else if has("RIFF"), has("WEBP", at: 8) {
        .webp
      } else if has("GIF87a") || has("GIF89a") {
        .gif
      } else if has("II*\0") || has("MM\0*") {
        .tiff
      } else if has("BM"), has("\0\0\0\0", at: 6) {
        .bmp
      } else if has("P"), head.count > 2, (0x31...0x37).contains(head[1]),
        [0x09, 0x0A, 0x0D, 0x20].contains(head[2])
      {
        .netpbm
      } else if has("ftyp", at: 4) {
        ["avif", "avis"].contains { has($0, at: 8) }
          ? .avif
          : ["heic", "heix", "hevc", "mif1", "msf1"].contains { has($0, at: 8) } ? .heic : nil
      } else if head.starts(with: [0xFF, 0x0A]) || has("JXL ", at: 4) {
        .jpegXL
      } else if has("jP  ", at: 4) {
        .jpeg2000
      } else {
        nil
      }
    guard let found else { return nil }
    self = found
  }
}
