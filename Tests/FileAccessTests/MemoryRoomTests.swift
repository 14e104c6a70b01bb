import Diagnostics
import Foundation
import Testing

@testable import FileAccess

@Suite struct MemoryRoomTests {
  @Test func moreThanThereIsIsRefused() throws {
    let free = try #require(MemoryRoom.freeBytes)
    #expect(free > MemoryRoom.reserve)
    try requireMemory(8_000_000, doing: "testing")
    let error = #expect(throws: PeregrineError.self) { try requireMemory(.max, doing: "testing") }
    #expect(error?.code == .outOfMemory)
  }

  /// A file of 16 TB that takes no disk: reading it whole must not end the process.
  @Test func aFileLargerThanMemoryIsRefused() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    try Data().write(to: url)
    try #require(truncate(url.path, 1 << 43) == 0)
    let error = #expect(throws: PeregrineError.self) { try readFile(url, doing: "reading it") }
    #expect(error?.code == .outOfMemory)
    #expect(error?.doing == "reading it")
  }

  @Test func theHomeFolderIsTheShells() {
    #expect(homeFolder.path == ProcessInfo.processInfo.environment["HOME"] ?? homeFolder.path)
    #expect(expandingHome("~/x") == homeFolder.path + "/x")
    #expect(expandingHome("~x") == "./~x")
    #expect(expandingHome("a/~/x") == "a/~/x")
  }
}
