import Foundation
import TestSupport
import Testing

@testable import FileAccess

/// A kept file is used only as long as its bytes are those that were written.
@Suite struct KeptFileTests {
  private let folder: TemporaryFolder
  private var url: URL { folder.url.appendingPathComponent("kept.bin") }
  private var file: KeptFile { KeptFile(url) }

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String) throws {
    try file.write { try AtomicFile.write(Data(text.utf8), to: $0) }
  }

  @Test func everyFlippedBitIsNoticed() throws {
    #expect(try file.state == .missing)
    try write("features")
    #expect(try file.state == .intact)
    let bytes = try Data(contentsOf: url)
    for bit in 0..<8 * bytes.count {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      try flipped.write(to: url)
      #expect(try file.state == .damaged)
    }
    try write("others")
    #expect(try file.state == .intact)
  }

  @Test func aDamagedHashCountsAsDamage() throws {
    try write("features")
    let hash = url.appendingPathExtension("sha256")
    #expect(
      try String(contentsOf: hash, encoding: .utf8)
        == sha256(of: Data("features".utf8)) + "  kept.bin\n")
    try Data("0".utf8).write(to: hash)
    #expect(try file.state == .damaged)
    // As versions without hashes left it.
    try FileManager.default.removeItem(at: hash)
    #expect(try file.state == .intact)
  }

  @Test func aFailedWriteLeavesTheOldFileUsable() throws {
    try write("features")
    struct Stop: Error {}
    #expect(throws: Stop.self) { try file.write { _ in throw Stop() } }
    #expect(try file.state == .intact)
    #expect(try Data(contentsOf: url) == Data("features".utf8))
  }
}
