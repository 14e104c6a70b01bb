import Foundation
import TestSupport
import Testing

/// Under a limit on memory each command ends with one message, never with a signal.
@Suite struct MemoryLimitTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs the tool in the folder with at most so many megabytes of address space.
  private func expectNoRoom(
    _ arguments: String, megabytes: Int, saying parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let line = "ulimit -v \(megabytes * 1_000); exec \"$TOOL\" \(arguments)"
    let result = try Tool.shell(line, in: folder.url)
    #expect(result.status == 1, "\(result.errors)", sourceLocation: sourceLocation)
    for part in parts + ["memory", "ulimit -v"] {
      #expect(result.errors.contains(part), "\(result.errors)", sourceLocation: sourceLocation)
    }
    let messages = result.errors.components(separatedBy: "Failed while").count - 1
    #expect(messages == 1, "\(result.errors)", sourceLocation: sourceLocation)
    for foreign in ["Fatal error", "enforce fail", "alloc_cpu", "DefaultCPUAllocator"] {
      #expect(!result.errors.contains(foreign), "\(foreign)", sourceLocation: sourceLocation)
    }
  }

  private func write(_ bytes: Data, to name: String) throws {
    let url = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try bytes.write(to: url)
  }

  @Test func aPictureThatIsDrawn() throws {
    try expectNoRoom(
      "data inspect shapes:9 --size 16384 --grid g.png", megabytes: 1_200,
      saying: ["drawing a picture of 16384x16384 pixels", "805 MB"])
  }

  /// A file of 90 bytes whose header announces 16,384 x 16,384 pixels.
  @Test func aPictureThatIsRead() throws {
    let header =
      "iVBORw0KGgoAAAANSUhEUgAAQAAAAEAAAQAAAACBsy0pAAAACElEQVR4nAMAAAAAAUgGidIAAAAASUVORK5CYII="
    try write(#require(Data(base64Encoded: header)), to: "tree/a/large.png")
    try expectNoRoom(
      "data inspect tree --size 8 --grid g.png", megabytes: 1_500,
      saying: ["large.png", "1.88 GB"])
  }

  @Test func anArchiveOfArrays() throws {
    try write(
      packedArchive(of: Data(count: 25_000_000), to: 2_400_000_000, member: "arr_0.npy"),
      to: "x.npz")
    try expectNoRoom(
      "data inspect x.npz", megabytes: 1_500, saying: ["arr_0.npy", "x.npz", "2.4 GB"])
  }

  /// A file that takes no disk.
  @Test func aFileThatIsMapped() throws {
    try write(Data(), to: "w.safetensors")
    try #require(
      truncate(folder.url.appendingPathComponent("w.safetensors").path, 3_000_000_000) == 0)
    try expectNoRoom(
      "inspect w.safetensors", megabytes: 1_500, saying: ["w.safetensors", "3 GB"])
  }

  @Test func aBatchOfTraining() throws {
    let arguments =
      tinyTraining + [
        "--set", "data.path=shapes:70000", "--set", "training.global_batch_size=65536",
        "--set", "training.micro_batch_size=65536", "--set", "training.images=65536",
        "--out", "run",
      ]
    try expectNoRoom(
      arguments.joined(separator: " "), megabytes: 1_500, saying: ["65536 items", "805 MB"])
  }
}
