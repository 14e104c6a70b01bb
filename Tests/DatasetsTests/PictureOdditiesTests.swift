import Diagnostics
import FileAccess
import Foundation
import Pictures
import TestSupport
import Testing

@testable import Datasets

/// Folders as people have them: links, other formats, names in any bytes, turned and damaged files.
struct PictureOdditiesTests {
  let folder: TemporaryFolder
  private let picture: Data

  init() throws {
    folder = try TemporaryFolder()
    picture = try ShapesDataset(size: 10).picture(at: 3).pngData()
  }

  private func write(_ data: Data, to name: FilePath) throws {
    let path = FilePath(folder.url).appending(name)
    var position = 0
    while let slash = path.bytes[position...].dropFirst().firstIndex(of: UInt8(ascii: "/")) {
      _ = FilePath(path.bytes[..<slash]).withSystemPath { mkdir($0, 0o755) }
      position = slash
    }
    let file = try #require(path.withSystemPath { fopen($0, "w") })
    defer { fclose(file) }
    _ = data.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
  }

  private func write(_ names: String...) throws {
    for name in names { try write(picture, to: FilePath(name)) }
  }

  private func link(_ name: String, to target: String) throws {
    let path = folder.url.appendingPathComponent(name).path
    #expect(symlink(target, path) == 0)
  }

  private func open(_ orientation: PictureOrientation = .stored) throws -> any PictureDataset {
    try #require(
      try openDataset(folder.url.path, size: 8, orientation: orientation) as? any PictureDataset)
  }

  private func paths(_ dataset: any PictureDataset) -> [String] {
    dataset.sources.map { String($0.text.dropFirst(folder.url.path.count + 1)) }
  }

  @Test func linksAreFollowed() throws {
    try write("data/a/0.png", "data/b/0.png", "elsewhere/1.png", "elsewhere/2.png")
    try link("data/a/more", to: "../../elsewhere")
    try link("data/b/one.png", to: "../../elsewhere/1.png")
    try link("data/b/lost.png", to: "nowhere.png")
    try link("data/c", to: "../elsewhere")
    let root = folder.url.appendingPathComponent("data")
    let dataset = try ImageFolderDataset(root: root, size: 8)
    #expect(dataset.summary.classNames == ["a", "b", "c"])
    #expect(try (0..<dataset.summary.count).map(dataset.label) == [0, 0, 0, 1, 1, 2, 2])
    #expect(try dataset.picture(at: 6).width == 8)
    let notice = try #require(dataset.summary.notices?.first)
    #expect(notice.contains("1 broken links") && notice.contains("b/lost.png"))
  }

  /// What cannot become a class is not left out without a word.
  @Test func brokenLinksAndFilesBesideClassesAreCounted() throws {
    try write("a/0.png", "b/0.png")
    try link("lost", to: "/nowhere/disk")
    try link("self", to: "self")
    try write(Data("GIF89a…".utf8), to: FilePath("3.gif"))
    try write(Data("words".utf8), to: FilePath("notes.txt"))
    let dataset = try open()
    #expect(dataset.summary.classNames == ["a", "b"])
    let notice = try #require(dataset.summary.notices?.first)
    for text in ["2 broken links", "/lost`", "1 GIF", "3.gif", "1 .txt files"] {
      #expect(notice.contains(text), "\(text) in \(notice)")
    }
  }

  @Test func aFolderOfBrokenLinksSaysSo() throws {
    try link("a", to: "/nowhere/disk")
    expectFailure(.badData, saying: "1 broken links", "/a`") { try open() }
  }

  @Test func loopsAreRefusedByName() throws {
    try write("a/0.png")
    try link("a/self", to: ".")
    expectFailure(.badData, saying: "`self`", "leads back") { try open() }
  }

  /// Content decides, not the name; what is left out is counted with an example.
  @Test func formatsAreRecognisedByContent() throws {
    let jpeg = try #require(Data(base64Encoded: SmallFile.jpeg))
    try write("a/0.png")
    try write(jpeg, to: FilePath("a/1.jfif"))
    try write(picture, to: FilePath("a/2.bin"))
    try write(Data("GIF89a…".utf8), to: FilePath("a/3.gif"))
    try write(Data("GIF89a…".utf8), to: FilePath("a/4.png"))
    try write(Data("II*\0…".utf8), to: FilePath("a/5.tif"))
    try write(Data("words".utf8), to: FilePath("a/6.txt"))
    try write(picture, to: FilePath("a/.7.png.12.partial"))
    try write(picture, to: FilePath("__MACOSX/a/8.png"))
    try write("9.png")
    let dataset = try open()
    #expect(paths(dataset) == ["a/0.png", "a/1.jfif", "a/2.bin"])
    let notice = try #require(dataset.summary.notices?.first)
    for text in [
      "2 GIF", "a/3.gif", "1 TIFF", "1 .txt files", "1 pictures beside", "9.png", "convert",
    ] {
      #expect(notice.contains(text), "\(text) in \(notice)")
    }
    #expect(!notice.contains("partial") && !notice.contains("MACOSX"))
  }

  /// Python's order; Swift's own takes `é` in two code points for `é` in one.
  @Test func namesAreOrderedByTheirBytes() throws {
    let names = [
      "z", "e\u{301}clair", "f", "\u{e9}t\u{e9}", "A\u{308}pfel", "Zebra", "10", "2", "_x",
    ]
    for name in names { try write("\(name)/0.png") }
    let expected = names.sorted {
      Array($0.unicodeScalars.map(\.value)).lexicographicallyPrecedes(
        $1.unicodeScalars.map(\.value))
    }
    #expect(try open().summary.classNames.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    #expect(expected.first == "10" && expected.last == "\u{e9}t\u{e9}")
  }

  @Test func namesNeedNotBeUTF8() throws {
    try write("a/0.png")
    let name: [UInt8] = [0x63, 0x61, 0x66, 0xE9, 0x2F, 0xFF] + Array(".png".utf8)
    try write(picture, to: FilePath(name))
    let dataset = try open()
    #expect(dataset.summary.classNames == ["a", "caf\\xe9"])
    #expect(paths(dataset)[1] == "caf\\xe9/\\xff.png")
    #expect(try dataset.picture(at: 1) == dataset.picture(at: 0))
    #expect(try dataset.recordedSummary().files?.contents != nil)
  }

  @Test func anEmptyClassSaysWhatIsInIt() throws {
    try write("a/0.png")
    try write(Data("GIF89a…".utf8), to: FilePath("b/3.gif"))
    expectFailure(.badData, saying: "no picture in the class folder", "/b`", "1 GIF") { try open() }
  }

  @Test func orientationsAreSaidOrApplied() throws {
    let wide = try Picture(width: 20, height: 10, color: (9, 9, 9)).pngData()
    // EXIF data of one entry: orientation 6.
    let exif = Data("MM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{6}\0\0\0\0\0\0".utf8)
    let chunk = PNGFile.chunk("eXIf", exif)
    try write(wide.prefix(33) + chunk + wide.dropFirst(33), to: FilePath("1.png"))
    let stored = try PictureFolderDataset(folder: folder.url)
    #expect(stored.summary.itemShape == [3, 10, 20])
    #expect(stored.summary.notices?.first?.contains("1 of 1 pictures are stored turned") == true)
    #expect(stored.summary.decoding?.contains("orientation stored") == true)
    let upright = try PictureFolderDataset(folder: folder.url, orientation: .upright)
    #expect(upright.summary.itemShape == [3, 20, 10] && upright.summary.notices == nil)
    #expect(upright.summary.fingerprint != stored.summary.fingerprint)
    try upright.checkItems()
  }

  /// A gAMA chunk was applied once, so data that has one gets another fingerprint; other data keeps
  /// the fingerprint that caches and runs have recorded.
  @Test func fingerprintsOfOrdinaryFoldersAreUnchanged() throws {
    try write("a/0.png", "b/x.png")
    let before = try open().summary.fingerprint
    var expected = Fingerprint("image-folder 1")
    for name in ["a/0.png", "b/x.png"] { expected.add("\(name) \(picture.count)") }
    expected.add("8")
    #expect(before == expected.text)
    let gamma = PNGFile.chunk("gAMA", Data([0, 1, 0x86, 0xA0]))
    try write(picture.prefix(33) + gamma + picture.dropFirst(33), to: FilePath("b/x.png"))
    let dataset = try open()
    var sized = Fingerprint("image-folder 1")
    sized.add("a/0.png \(picture.count)")
    sized.add("b/x.png \(picture.count + gamma.count)")
    sized.add("8")
    #expect(dataset.summary.fingerprint != sized.text)
    #expect(try dataset.picture(at: 0) == dataset.picture(at: 1), "gAMA changes no pixel")
  }

  @Test func cutOffPicturesAreFoundBeforehand() throws {
    try write("a/0.png", "a/1.png", "a/2.png")
    let dataset = try open()
    try dataset.checkItems()
    try write(picture.dropLast(30), to: FilePath("a/1.png"))
    expectFailure(.badData, saying: "a/1.png", "delete it and start over") {
      try open().checkItems()
    }
    try write(Data(), to: FilePath("a/2.png"))
    expectFailure(.badData, saying: "2 that cannot be used", "a/1.png") { try open().checkItems() }
  }

  @Test func changedBytesAreNoticedAndCopiesAreNot() throws {
    try write("a/0.png", "a/1.png")
    let hourAgo = Date(timeIntervalSinceNow: -3_600)
    try FileManager.default.setAttributes(
      [.modificationDate: hourAgo], ofItemAtPath: folder.url.appendingPathComponent("a/1.png").path)
    let before = try open().recordedSummary()
    try write("a/1.png")  // the same bytes at another time
    let touched = try open().recordedSummary(before: before.files)
    #expect(before.isSame(as: touched) && touched.files?.times != before.files?.times)
    var other = picture
    other[picture.count - 1] ^= 1
    try write(other, to: FilePath("a/1.png"))
    #expect(try !before.isSame(as: open().recordedSummary(before: before.files)))
    var old = before
    old.files = nil
    #expect(
      try old.isSame(as: open().recordedSummary()), "records of earlier versions have no state")
  }
}

/// A grey JPEG of 8 x 8 pixels.
private enum SmallFile {
  static let jpeg =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////"
    + "////////////////////////////////////////wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAA"
    + "AAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
}

/// Parts of PNG files.
private enum PNGFile {
  static func chunk(_ type: String, _ body: Data) -> Data {
    let content = Data(type.utf8) + body
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in content {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    func number(_ value: UInt32) -> Data { withUnsafeBytes(of: value.bigEndian) { Data($0) } }
    return number(UInt32(body.count)) + content + number(~sum)
  }
}
