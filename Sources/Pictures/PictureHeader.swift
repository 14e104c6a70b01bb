import FileAccess
import Foundation

/// What a picture file says about itself before its pixels: read from a few bytes, nothing decoded.
public struct PictureHeader: Sendable {
  /// Chunks or segments that are looked at; real files have few.
  private static let mostParts = 1_000

  /// The format.
  public let format: PictureFormat
  /// Pixels from left to right and from top to bottom; `nil` when no sizes were found.
  public private(set) var size: (width: Int, height: Int)?
  /// The orientation in its EXIF data: 1 for upright, up to 8.
  public private(set) var orientation = 1
  /// Whether it has a PNG's gAMA chunk other than that of sRGB, which is not applied.
  public private(set) var hasOtherGamma = false
  /// Whether it has several frames.
  public private(set) var isAnimated = false
  /// Whether the file seems to end where the format says.
  public private(set) var seemsWhole = true

  /// Reads the header of a file.
  ///
  /// - Returns: `nil` when the file does not start like a known picture.
  /// - Throws: `.io` when it cannot be read.
  public init?(_ path: FilePath, doing: String) throws {
    try self.init(ByteSource(OpenFile(path, doing: doing)))
  }

  /// Reads the header of a picture.
  package init?(_ source: ByteSource) throws {
    let bytes = try HeaderBytes(source)
    guard let format = PictureFormat(head: bytes.head) else { return nil }
    self.format = format
    switch format {
    case .png: try readPNG(bytes)
    case .jpeg: try readJPEG(bytes)
    case .webp: try readWebP(bytes)
    default: break
    }
  }

  private mutating func readPNG(_ bytes: HeaderBytes) throws {
    if let width = try bytes.bigEndian(16, 4), let height = try bytes.bigEndian(20, 4) {
      size = (width, height)
    }
    var position = PNGChunk.signature.count
    var chunks = 0
    while chunks < Self.mostParts, let length = try bytes.bigEndian(position, 4),
      let type = try bytes.text(position + 4, 4), type != "IDAT", type != "IEND"
    {
      if type == "gAMA", let gamma = try bytes.bigEndian(position + 8, 4) {
        // 1/2.2 and sRGB's curve are the same within 5 %.
        hasOtherGamma = !(43_000...48_000).contains(gamma)
      }
      if type == "eXIf", let data = try bytes.data(position + 8, min(length, 1 << 16)) {
        orientation = exifOrientation(data)
      }
      position += length + 12
      chunks += 1
    }
    let tail = try bytes.tail()
    // The last chunk's name is followed by a checksum of four bytes.
    seemsWhole =
      tail.range(of: Data("IEND".utf8)).map { $0.upperBound + 4 <= tail.endIndex } == true
  }

  private mutating func readJPEG(_ bytes: HeaderBytes) throws {
    var position = 2
    // No real file has as many segments before its first scan.
    for _ in 0..<Self.mostParts {
      guard let marker = try bytes.bigEndian(position, 2), marker >= 0xFF00 else { break }
      if marker == 0xFFFF {
        position += 1
        continue
      }
      if marker == 0xFFDA { break }
      guard let length = try bytes.bigEndian(position + 2, 2), length >= 2 else { break }
      if marker == 0xFFE1, let data = try bytes.data(position + 4, length - 2),
        data.starts(with: Data("Exif\0\0".utf8))
      {
        orientation = exifOrientation(data)
      }
      let isFrame =
        (0xFFC0...0xFFCF).contains(marker) && ![0xFFC4, 0xFFC8, 0xFFCC].contains(marker)
      if isFrame, let height = try bytes.bigEndian(position + 5, 2),
        let width = try bytes.bigEndian(position + 7, 2)
      {
        size = (width, height)
      }
      position += 2 + length
    }
    seemsWhole = try bytes.tail().range(of: Data([0xFF, 0xD9])) != nil
  }

  private mutating func readWebP(_ bytes: HeaderBytes) throws {
    guard let whole = try bytes.littleEndian(4, 4) else { return }
    seemsWhole = whole + 8 <= bytes.count
    let features = webPFeatures(bytes.head)
    size = features.map { ($0.width, $0.height) }
    isAnimated = features?.isAnimated ?? false
    var position = 12
    for _ in 0..<Self.mostParts {
      guard let type = try bytes.text(position, 4),
        let length = try bytes.littleEndian(position + 4, 4)
      else { break }
      if type == "EXIF", let data = try bytes.data(position + 8, min(length, 1 << 16)) {
        orientation = exifOrientation(data)
      }
      position += 8 + length + length % 2
    }
  }
}

/// The bytes of a file, of which the first few are already in memory.
private struct HeaderBytes {
  let head: Data
  private let source: ByteSource

  init(_ source: ByteSource) throws {
    self.source = source
    head = Data(try source.bytes(0..<min(source.count, 4_096)))
  }

  var count: Int { source.count }

  /// Some bytes, or `nil` if the file ends before.
  func data(_ start: Int, _ length: Int) throws -> Data? {
    guard start >= 0, length >= 0, start + length <= count else { return nil }
    if start + length <= head.count { return head[start..<start + length] }
    return try source.bytes(start..<start + length)
  }

  /// The last bytes.
  func tail() throws -> Data { try source.bytes(max(0, count - 64)..<count) }

  func bigEndian(_ start: Int, _ length: Int) throws -> Int? {
    try data(start, length)?.reduce(0) { $0 << 8 | Int($1) }
  }

  func littleEndian(_ start: Int, _ length: Int) throws -> Int? {
    try data(start, length)?.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  func text(_ start: Int, _ length: Int) throws -> String? {
    try data(start, length).map { String(decoding: $0, as: UTF8.self) }
  }
}
