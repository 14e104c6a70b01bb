import Diagnostics
import FileAccess
import FileFormats
import Foundation
import TestSupport
import Testing

@Suite struct ZipArchiveTests {
  private let folder: TemporaryFolder
  private var url: URL { folder.url.appendingPathComponent("x.zip") }

  init() throws { folder = try TemporaryFolder() }

  private func write(_ members: [(name: String, bytes: Data)]) throws {
    try AtomicFile.write(to: url) { file in
      var zip = ZipWriter(file)
      for member in members {
        try zip.begin(member.name)
        try zip.append(member.bytes)
        try zip.end()
      }
      try zip.finish()
    }
  }

  private func refusal(_ body: () throws -> Void) -> PeregrineError? {
    #expect(throws: PeregrineError.self) { try body() }
  }

  @Test func whatUnpacksTooWellIsRefusedBeforeItIsUnpacked() throws {
    let archive = try ZipArchive(
      decoding: packedArchive(of: Data(count: 4_000_000), to: 4_000_000_000), name: "bomb")
    let error = refusal { _ = try archive.contents(of: "a") }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("from 4 MB to 4 GB") == true)
    #expect(error?.description.contains("without compression") == true)
    let lie = packedArchive(of: Data(count: 100), to: 1_000_000)
    #expect(
      refusal { _ = try ZipArchive(decoding: lie, name: "lie") }?.found.contains("impossible")
        == true)
  }

  @Test func membersCannotLieOverEachOther() throws {
    try write([("a", Data(count: 4_000)), ("b", Data(count: 10))])
    var bytes = try Data(contentsOf: url)
    // The sizes of `b` in the directory, which are the last ones, become those of `a`.
    let small = Data([10, 0, 0, 0, 0, 0, 0, 0])
    let range = try #require(bytes.range(of: small + small, options: .backwards))
    let large = Data([0xA0, 0x0F, 0, 0, 0, 0, 0, 0])
    bytes.replaceSubrange(range, with: large + large)
    let error = refusal { _ = try ZipArchive(decoding: bytes, name: "x") }
    #expect(error?.found.contains("larger together than the file") == true)
  }

  /// Files without any checksum are read; a single missing one is damage.
  @Test func filesWithoutChecksumsAreRead() throws {
    try write([("a", Data([1, 2])), ("b", Data([3]))])
    var bytes = try Data(contentsOf: url)
    func clear(_ checksum: [UInt8]) throws {
      let range = try #require(bytes.range(of: Data(checksum), options: .backwards))
      bytes.replaceSubrange(range, with: Data(count: 4))
    }
    try clear([0x92, 0x42, 0xCC, 0xB6])
    let damaged = try ZipArchive(decoding: bytes, name: "x")
    #expect(refusal { _ = try damaged.contents(of: "a") }?.found.contains("checksum") == true)
    try clear([0x37, 0xBE, 0x0B, 0x4B])
    #expect(try ZipArchive(decoding: bytes, name: "x").contents(of: "a") == Data([1, 2]))
  }

  @Test func aNameOccursOnce() throws {
    try write([("a", Data([1])), ("a", Data([2]))])
    #expect(
      refusal { _ = try ZipArchive(contentsOf: url) }?.found.contains("two members `a`") == true)
  }

  @Test func otherFilesAreNamed() throws {
    try Data("<html>".utf8).write(to: url)
    #expect(refusal { _ = try ZipArchive(contentsOf: url) }?.found == "an HTML page")
    try write([("a", Data(count: 100))])
    try Data(contentsOf: url).prefix(90).write(to: url)
    #expect(refusal { _ = try ZipArchive(contentsOf: url) }?.found.hasPrefix("90 bytes") == true)
  }
}
