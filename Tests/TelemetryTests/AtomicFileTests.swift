import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Telemetry

@Suite struct AtomicFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  @Test func writesAndReplaces() throws {
    let url = folder.url.appendingPathComponent("a.bin")
    let large = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
    for data in [Data("one".utf8), large, Data()] {
      try AtomicFile.write(data, to: url)
      #expect(try Data(contentsOf: url) == data)
      #expect(try names() == ["a.bin"])
    }
  }

  @Test func failureLeavesNothingBehind() throws {
    let taken = folder.url.appendingPathComponent("taken")
    try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: true)
    let error = #expect(throws: PeregrineError.self) {
      try AtomicFile.write(Data("x".utf8), to: taken)
    }
    #expect(error?.code == .io)
    #expect(error?.description.contains("a folder or device") == true)
    #expect(try names() == ["taken"])
  }

  /// The name is short enough for the file and too long for the temporary one: opening it fails.
  @Test func failureKeepsTheOldFile() throws {
    let url = folder.url.appendingPathComponent(String(repeating: "n", count: 250))
    try Data("old".utf8).write(to: url)
    let error = #expect(throws: PeregrineError.self) {
      try AtomicFile.write(Data("x".utf8), to: url)
    }
    #expect(error?.code == .io)
    #expect(try Data(contentsOf: url) == Data("old".utf8))
    #expect(try names().count == 1)
  }

  @Test func missingFolderIsNamed() {
    let url = folder.url.appendingPathComponent("nowhere/a.bin")
    let error = #expect(throws: PeregrineError.self) { try AtomicFile.write(Data(), to: url) }
    #expect(error?.advice.contains("nowhere") == true)
  }

  @Test func devicesAreRefused() {
    let error = #expect(throws: PeregrineError.self) {
      try AtomicFile.write(Data("x".utf8), to: URL(fileURLWithPath: "/dev/full"))
    }
    #expect(error?.code == .io)
    #expect(FileManager.default.fileExists(atPath: "/dev/full"))
  }

  @Test func fullDiskTellsTheFreeSpace() throws {
    let descriptor = try openFile(URL(fileURLWithPath: "/dev/full"), O_WRONLY)
    defer { close(descriptor) }
    let failure = #expect(throws: SystemCallFailure.self) {
      try writeAll(Data("x".utf8), to: descriptor)
    }
    #expect(failure?.number == ENOSPC)
    let url = folder.url.appendingPathComponent("a.bin")
    let text = failure?.error(doing: "writing `a.bin`", at: url, writing: 4_000).description ?? ""
    #expect(text.contains("a full disk"))
    #expect(text.contains("B free in"))
    #expect(text.contains("expected room for 4 kB"))
  }
}
