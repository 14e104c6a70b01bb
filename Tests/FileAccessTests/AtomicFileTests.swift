import Diagnostics
import FileAccess
import Foundation
import TestSupport
import Testing

@Test func writesAWholeFileAndCreatesFolders() throws {
  let folder = try TemporaryFolder()
  let url = folder.url.appendingPathComponent("a/b/c.txt")
  try AtomicFile.write(Data("hello".utf8), to: url)
  #expect(try String(contentsOf: url, encoding: .utf8) == "hello")
}

@Test func aFailureLeavesThePreviousFileAndNothingElse() throws {
  let folder = try TemporaryFolder()
  let url = folder.url.appendingPathComponent("c.txt")
  try AtomicFile.write(Data("first".utf8), to: url)
  struct Interruption: Error {}
  #expect(throws: Interruption.self) {
    try AtomicFile.write(to: url) { file in
      try Data("sec".utf8).withUnsafeBytes { try file.append($0) }
      throw Interruption()
    }
  }
  #expect(try String(contentsOf: url, encoding: .utf8) == "first")
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["c.txt"])
}

@Test func aFolderThatCannotBeMadeIsNamed() throws {
  let folder = try TemporaryFolder()
  let file = folder.url.appendingPathComponent("file")
  try AtomicFile.write(Data(), to: file)
  let error = #expect(throws: PeregrineError.self) {
    try AtomicFile.write(Data(), to: file.appendingPathComponent("below/x"))
  }
  #expect(error?.code == .io)
  #expect(error?.description.contains(file.path) == true)
}
