import Foundation
import Testing

/// A short run of the fuzzer: `./peregrine test --fuzz MINUTES` makes a long one.
@Suite struct FuzzTests {
  /// Each reader gets its undamaged files first, then some damaged ones.
  @Test func damagedFilesAreRefusedInOurWords() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("peregrine-fuzz-test-\(UUID().uuidString)")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("fuzz")
    process.arguments = ["--iterations", "300", "--keep", folder.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.contains("300 damaged files read"))
    if process.terminationStatus == 0 { try? FileManager.default.removeItem(at: folder) }
  }
}
