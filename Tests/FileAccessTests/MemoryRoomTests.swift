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

  @Test func arraysAskForTheirRoom() throws {
    let squares = try [Int](count: 4, doing: "counting") { target in
      for place in target.indices { target[place] = place * place }
    }
    #expect(squares == [0, 1, 4, 9])
    #expect(try Array(joining: [[1, 2], [], [3]], doing: "joining") == [1, 2, 3])
    let error = #expect(throws: PeregrineError.self) {
      try [Int](count: .max, doing: "counting") { _ in }
    }
    #expect(error?.code == .outOfMemory && error?.doing == "counting")
    var list = [1]
    #expect(throws: PeregrineError.self) { try list.reserve(1 << 48, doing: "reserving") }
    try list.reserve(2_000_000, doing: "reserving")
    #expect(list == [1] && list.capacity >= 2_000_000, "a refusal leaves the way free")
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
