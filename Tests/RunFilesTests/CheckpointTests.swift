import FileAccess
import Foundation
import TestSupport
import Testing

@testable import RunFiles

/// Checkpoints as folders: whole or not at all, and noticed when they are not.
@Suite struct CheckpointTests {
  private let folder: TemporaryFolder
  private let run: RunLayout

  init() throws {
    folder = try TemporaryFolder()
    run = RunLayout(folder.url.appendingPathComponent("run"))
  }

  @discardableResult
  private func write(
    _ images: Int, _ parts: [Checkpoint.Part] = Checkpoint.Part.allCases
  ) throws -> Checkpoint {
    try Checkpoint.write(
      images: images, to: run.checkpoints,
      parts.map { part in (part, { try AtomicFile.write(Data("\(part) \(images)".utf8), to: $0) }) }
    )
  }

  @Test func whatIsWrittenIsFoundByItsImages() throws {
    try write(1_200)
    try write(64, [.model, .average, .optimizer, .progress])
    #expect(run.finishedCheckpoints().map(\.images) == [64, 1_200])
    #expect(try run.checkpoint().images == 1_200)
    let early = try run.checkpoint(atImages: 64)
    #expect(early.url.lastPathComponent == "0000000064")
    #expect(try String(contentsOf: early.ema, encoding: .utf8) == "average 64")
    #expect(throws: (any Error).self) { try run.checkpoint(atImages: 65) }
  }

  @Test(arguments: Checkpoint.Part.allCases)
  func aPartThatWasCutOffIsNoticed(_ part: Checkpoint.Part) throws {
    let checkpoint = try write(64)
    try Data("a".utf8).write(to: checkpoint.file(part))
    #expect(run.finishedCheckpoints().isEmpty)
    #expect(run.checkpointFolders.map(\.images) == [64])
  }

  @Test func aFailureLeavesNothing() throws {
    try write(64)
    struct Full: Error {}
    #expect(throws: Full.self) {
      try Checkpoint.write(
        images: 128, to: run.checkpoints,
        [
          (.model, { try AtomicFile.write(Data("m".utf8), to: $0) }),
          (.average, { _ in throw Full() }),
        ])
    }
    #expect(RunLayout.names(in: run.checkpoints) == ["0000000064"])
  }

  @Test func theOldOnesGo() throws {
    for images in [10, 20, 30, 40] { try write(images) }
    Checkpoint.prune(run.finishedCheckpoints(), keeping: 1, keepEvery: 20)
    #expect(run.finishedCheckpoints().map(\.images) == [20, 40])
  }
}
