import Diagnostics
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

  /// Changes one bit; the size stays.
  private func flip(_ url: URL) throws {
    var data = try Data(contentsOf: url)
    data[data.count / 2] ^= 1
    try data.write(to: url)
  }

  @Test(arguments: Checkpoint.Part.allCases)
  func aFlippedBitIsNamed(_ part: Checkpoint.Part) throws {
    let checkpoint = try write(64)
    try checkpoint.check(contentsOf: Checkpoint.Part.allCases)
    try flip(checkpoint.file(part))
    try checkpoint.check()
    let error = #expect(throws: PeregrineError.self) {
      try checkpoint.check(contentsOf: Checkpoint.Part.allCases)
    }
    #expect(error?.code == .badData)
    #expect(error?.doing.contains(part.rawValue) == true)
  }

  /// Earlier versions only recorded sizes.
  @Test func aMarkerWithoutHashesIsAccepted() throws {
    let checkpoint = try write(64)
    let sizes = try Checkpoint.Part.allCases.map { part in
      (
        URL(fileURLWithPath: part.rawValue).lastPathComponent,
        try Data(contentsOf: checkpoint.file(part)).count
      )
    }
    try JSONEncoder().encode(Dictionary(uniqueKeysWithValues: sizes))
      .write(to: checkpoint.url.appendingPathComponent(Checkpoint.marker))
    try checkpoint.check(contentsOf: Checkpoint.Part.allCases)
    #expect(run.finishedCheckpoints().map(\.images) == [64])
  }

  @Test func resumingPassesOverDamageAndSaysSo() throws {
    for images in [10, 20, 30] { try write(images) }
    try flip(run.checkpoint(atImages: 20).file(.optimizer))
    try FileManager.default.removeItem(
      at: run.checkpoint(atImages: 30).url.appendingPathComponent(Checkpoint.marker))
    var said: [String] = []
    let found = try run.resumableCheckpoint { said.append("\($0)") }
    #expect(found?.images == 10)
    #expect(said.count == 2)
    #expect(said[0].contains("0000000030") && said[0].contains("no marker"))
    #expect(said[1].contains("state/optimizer.safetensors") && said[1].contains("10 images"))
    #expect(
      Set(RunLayout.names(in: run.checkpoints)) == [
        "0000000010", "damaged-0000000020", "damaged-0000000030",
      ])
  }

  @Test func withoutASoundCheckpointNothingIsTouched() throws {
    for images in [10, 20] { try flip(write(images).ema) }
    let error = #expect(throws: PeregrineError.self) {
      try run.resumableCheckpoint { _ in Issue.record("none can be used") }
    }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("0000000020/ema.safetensors") == true)
    #expect(run.checkpointFolders.map(\.images) == [10, 20])
  }

  @Test func averagedWeightsOfADamagedCheckpointAreNotUsedInSilence() throws {
    for images in [10, 20] { try write(images) }
    try flip(run.checkpoint(atImages: 20).ema)
    let error = #expect(throws: PeregrineError.self) {
      try run.averagedWeights(atImages: nil, passOver: nil)
    }
    #expect(error?.doing.contains("0000000020/ema.safetensors") == true)
    #expect(error?.advice.contains("10 images") == true)
    var said: [PeregrineError] = []
    let found = try run.averagedWeights(atImages: nil) { said.append($0) }
    #expect(found.checkpoint.images == 10 && said.count == 1)
    #expect(try found.sha256 == sha256(of: Data(contentsOf: found.checkpoint.ema)))
    #expect(throws: PeregrineError.self) {
      try run.averagedWeights(atImages: 20) { _ in Issue.record("this one was asked for") }
    }
  }

  @Test func whatInterruptedProgramsLeftIsSwept() throws {
    try write(64)
    let left = [".partial-0000000128", ".removed-0000000032"]
    for name in left {
      try FileManager.default.createDirectory(
        at: run.checkpoints.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    // Process numbers end far below this one, so no process has it.
    let abandoned = run.url.appendingPathComponent(".metrics.jsonl.2147483000.partial")
    let running = run.url.appendingPathComponent(".report.html.\(getpid()).partial")
    for file in [abandoned, running] { try Data().write(to: file) }
    run.sweep()
    #expect(RunLayout.names(in: run.checkpoints) == ["0000000064"])
    #expect(Set(RunLayout.names(in: run.url)) == ["checkpoints", running.lastPathComponent])
  }

  @Test func whatPicturesWereDrawnFromIsKept() throws {
    for images in [10, 20, 30] { try write(images) }
    try run.checkpoint(atImages: 10).keep()
    try Checkpoint.prune(run.finishedCheckpoints(), keeping: 1, keepEvery: 0)
    #expect(run.finishedCheckpoints().map(\.images) == [10, 30])
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
    try Checkpoint.prune(run.finishedCheckpoints(), keeping: 1, keepEvery: 20)
    #expect(run.finishedCheckpoints().map(\.images) == [20, 40])
  }
}
