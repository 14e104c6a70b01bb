import CZlib
import Diagnostics
import FileAccess
import Foundation
import Pictures
import TestSupport
import Testing

/// Reading and writing PNG and JPEG files.
struct PictureFilesTests {
  /// Equal to Pillow's pixels, bit for bit: PNG of all kinds, with colour chunks, composited alpha,
  /// JPEG, inks, WebP.
  @Test(arguments: try PictureGolden.load().decode)
  func decodesAsPillow(golden: PictureGolden.Decode) throws {
    let picture = try Picture(decoding: golden.file, name: golden.name)
    #expect(picture.width == 12 && picture.height == 9)
    #expect(picture.pixels == [UInt8](golden.pixels))
  }

  /// PNG, JPEG and WebP in all eight orientations, against Pillow's `exif_transpose`.
  @Test(arguments: try PictureGolden.load().turn)
  func turnsAsPillow(golden: PictureGolden.Turn) throws {
    let picture = try Picture(decoding: golden.file, name: "a", orientation: .upright)
    #expect(picture.width == golden.width && picture.height == golden.height)
    #expect(picture.pixels == [UInt8](golden.pixels))
    let header = try #require(try PictureHeader(ByteSource(golden.file)))
    #expect(header.orientation == golden.orientation && header.seemsWhole)
    #expect(header.size?.width == 12 && header.size?.height == 9)
    #expect(try Picture(decoding: golden.file, name: "a").width == 12, "stored unless asked")
    for missing in [1, 40, 100] {
      let cut = try PictureHeader(ByteSource(golden.file.dropLast(missing)))
      #expect(cut?.seemsWhole == false, "\(missing) bytes missing")
    }
  }

  @Test(arguments: try PictureGolden.load().decode.filter { $0.name.hasSuffix("webp") })
  func everyTruncatedWebPIsRefused(golden: PictureGolden.Decode) throws {
    for missing in [2, 10, 60, golden.file.count - 20] {
      let error = try #require(throws: PeregrineError.self, "\(missing) bytes missing") {
        try Picture(decoding: golden.file.dropLast(missing), name: "cut.webp")
      }
      #expect(error.code == .badData && error.description.contains("cut.webp"))
    }
  }

  @Test func otherFormatsAreNamed() throws {
    for (start, format) in [
      ("GIF89a", "GIF"), ("II*\0", "TIFF"), ("P6 12 9 255\n", "PPM"),
      ("\0\0\0\u{18}ftypheic", "HEIC"),
      ("\0\0\0\u{18}ftypavif", "AVIF"), ("BM\0\0\0\0\0\0\0\0", "BMP"),
    ] {
      let error = try #require(throws: PeregrineError.self) {
        try Picture(decoding: Data(start.utf8), name: "some.png")
      }
      #expect(error.description.contains("a \(format) file") && error.advice.contains("Convert"))
    }
  }

  @Test func pngRoundTrips() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.jpeg")  // the name must not matter
    let picture = pattern(width: 41, height: 23)
    let notes = ["prompt": "ein Herz ❤", "Author": "", "seed": "7"]
    try picture.write(png: url, text: notes)
    #expect(try Picture(contentsOf: url) == picture)
    #expect(try Picture.pngText(in: Data(contentsOf: url), name: "a") == notes)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.jpeg"])
  }

  @Test func notesAreSortedAndFollowTheHeader() throws {
    let data = try pattern(width: 2, height: 2).pngData(text: ["b": "2", "a": "1"])
    let first = try #require(data.range(of: Data("iTXta\0\0\0\0\0\u{31}".utf8)))
    let second = try #require(data.range(of: Data("iTXtb".utf8)))
    #expect(first.lowerBound == 8 + 25 + 4)
    #expect(second.lowerBound > first.lowerBound)
    #expect(try data == pattern(width: 2, height: 2).pngData(text: ["a": "1", "b": "2"]))
  }

  @Test(arguments: ["", "a\tb", "❤", String(repeating: "k", count: 80)])
  func refusesKeysPNGDoesNotAllow(key: String) {
    #expect(throws: PeregrineError.self) {
      try pattern(width: 2, height: 2).pngData(text: [key: "value"])
    }
  }

  @Test func readsOtherKindsOfText() throws {
    let plain = try pattern(width: 2, height: 2).pngData()
    let packed = try deflated("packed")
    let chunks =
      chunk("tEXt", Data("plain\0caf\u{e9}".unicodeScalars.map { UInt8($0.value) }))
      + chunk("zTXt", Data("old\0\0".utf8) + packed)
      + chunk("iTXt", Data("new\0".utf8) + Data([1, 0]) + Data("de\0neu\0".utf8) + packed)
    let data = plain.prefix(33) + chunks + plain.dropFirst(33)
    #expect(
      try Picture.pngText(in: data, name: "a") == [
        "plain": "café", "old": "packed", "new": "packed",
      ])
  }

  @Test func everyTruncatedPNGIsRefused() throws {
    let data = try pattern(width: 19, height: 13).pngData(text: ["key": "value"])
    for length in stride(from: 0, to: data.count, by: 7) {
      let error = try #require(throws: PeregrineError.self) {
        try Picture(decoding: data.prefix(length), name: "cut.png")
      }
      #expect(error.code == .badData && error.description.contains("cut.png"))
    }
  }

  @Test func aFlippedBitInAPNGIsNoticed() throws {
    var data = try pattern(width: 19, height: 13).pngData()
    data[data.count / 2] ^= 0x10
    let error = try #require(throws: PeregrineError.self) {
      try Picture(decoding: data, name: "bit.png")
    }
    #expect(error.code == .badData && error.description.contains("bit.png"))
  }

  @Test(arguments: try PictureGolden.load().decode.filter { $0.name.hasSuffix("jpeg") })
  func everyTruncatedJPEGIsRefused(golden: PictureGolden.Decode) throws {
    for missing in [2, 3, 10, 60, 200, golden.file.count - 4] {
      let error = try #require(throws: PeregrineError.self, "\(missing) bytes missing") {
        try Picture(decoding: golden.file.dropLast(missing), name: "cut.jpg")
      }
      #expect(error.code == .badData && error.description.contains("cut.jpg"))
    }
  }

  @Test func strayBytesInAJPEGDoNoHarm() throws {
    let golden = try #require(try PictureGolden.load().decode.first { $0.name == "444.jpeg" })
    let stray = golden.file.dropLast(2) + Data([0, 1, 2, 3]) + golden.file.suffix(2)
    let whole = try Picture(decoding: golden.file, name: "a")
    #expect(try Picture(decoding: Data(stray), name: "a") == whole)
  }

  @Test func textNamedPNGIsRefused() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("notes.png")
    try Data("not a picture".utf8).write(to: url)
    let error = try #require(throws: PeregrineError.self) { try Picture(contentsOf: url) }
    #expect(error.code == .badData && error.description.contains(url.path))
  }

  @Test func missingFileIsNamed() throws {
    let url = URL(fileURLWithPath: "/nowhere/a.png")
    let error = try #require(throws: PeregrineError.self) { try Picture(contentsOf: url) }
    #expect(error.code == .missingInput && error.description.contains("/nowhere/a.png"))
  }

  @Test func writingBelowAFileIsRefused() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("file")
    try Data().write(to: file)
    let error = try #require(throws: PeregrineError.self) {
      try pattern(width: 2, height: 2).write(png: file.appendingPathComponent("a.png"))
    }
    #expect(error.code == .io && error.description.contains(file.path))
  }

  private func chunk(_ type: String, _ body: Data) -> Data {
    let content = Data(type.utf8) + body
    let checksum = content.withUnsafeBytes {
      UInt32(crc32(0, $0.bindMemory(to: UInt8.self).baseAddress, UInt32($0.count)))
    }
    return [UInt32(body.count), checksum].map { value in
      withUnsafeBytes(of: value.bigEndian) { Data($0) }
    }.reduce(into: Data()) { result, number in
      result += result.isEmpty ? number + content : number
    }
  }

  private func deflated(_ text: String) throws -> Data {
    var result = [UInt8](repeating: 0, count: 100)
    var length = uLongf(result.count)
    try #require(compress(&result, &length, Array(text.utf8), uLong(text.utf8.count)) == Z_OK)
    return Data(result.prefix(Int(length)))
  }
}
