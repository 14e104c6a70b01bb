import Diagnostics
import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Runs
@testable import Training

/// A run whose files were damaged, exchanged or lost: it says so and loses nothing that is sound.
@Suite struct DamageTests {
  private let tiny: TinyRun

  init() throws { tiny = try TinyRun(["schedule.checkpoint_every_images=20"]) }

  /// Changes one bit; the size stays.
  private func flip(_ url: URL, at byte: Int? = nil) throws {
    var data = try Data(contentsOf: url)
    data[byte ?? data.count / 2] ^= 1
    try data.write(to: url)
  }

  /// Trains to the end and returns the warnings.
  private func finish(_ name: String) throws -> [PeregrineError] {
    var warnings: [PeregrineError] = []
    let outcome = try Trainer(tiny.layers, run: tiny.run(name)) { event in
      if case .warned(let warning) = event { warnings.append(warning) }
    }.train()
    #expect(outcome == .finished)
    return warnings
  }

  private func expectSame(_ name: String, as other: String) throws {
    #expect(try tiny.tensors(name) == tiny.tensors(other))
    #expect(try tiny.records(name) == tiny.records(other))
  }

  @Test(arguments: [Checkpoint.Part.optimizer, .average, .progress])
  func aFlippedBitCostsOneCheckpoint(_ part: Checkpoint.Part) throws {
    try tiny.train("whole")
    try tiny.train("run", stoppingAfter: 11)
    try flip(tiny.run("run").checkpoint(atImages: 44).file(part))
    let warnings = try finish("run")
    #expect(warnings.first?.doing.contains(part.rawValue) == true)
    #expect(warnings.first?.advice.contains("goes on from 40 images") == true)
    // The lines of 41 to 44 images are logged again, and the old log is kept.
    #expect(warnings.count == 1 || warnings.last?.advice.contains("metrics-until") == true)
    try expectSame("run", as: "whole")
  }

  @Test func withoutASoundCheckpointTrainingDoesNotStartOver() throws {
    try tiny.train("run", stoppingAfter: 4)
    let run = tiny.run("run")
    let log = try Data(contentsOf: run.metrics)
    try FileManager.default.removeItem(
      at: run.checkpoint().url.appendingPathComponent(Checkpoint.marker))
    let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
    #expect(error?.code == .badData)
    #expect(error?.advice.contains("remove that folder to train from the start") == true)
    #expect(try Data(contentsOf: run.metrics) == log)
  }

  @Test func startingOverIsSaidAndTheLogIsKept() throws {
    try tiny.train("whole")
    try tiny.train("run", stoppingAfter: 7)
    let run = tiny.run("run")
    let log = try Data(contentsOf: run.metrics)
    try FileManager.default.removeItem(at: run.checkpoints)
    let warnings = try finish("run")
    #expect(warnings.map(\.found) == ["lines up to 24 images, in a run that goes on from 0"])
    #expect(try Data(contentsOf: run.formerMetrics(untilImages: 24)) == log)
    try expectSame("run", as: "whole")
  }

  @Test func aDamagedLogIsKeptAndSaid() throws {
    try tiny.train("run", stoppingAfter: 7)
    let run = tiny.run("run")
    try flip(run.metrics, at: 0)
    let log = try Data(contentsOf: run.metrics)
    let warnings = try finish("run")
    #expect(warnings.first?.found.contains("damaged line 1") == true)
    #expect(try Data(contentsOf: run.formerMetrics(untilImages: 24)) == log)
    #expect(try tiny.records("run").first?.images == 24)
  }

  @Test func aMissingRecordIsRefusedByName() throws {
    try tiny.train("run", stoppingAfter: 3)
    let run = tiny.run("run")
    for record in [run.recipe, run.data] {
      let bytes = try Data(contentsOf: record)
      try FileManager.default.removeItem(at: record)
      let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
      #expect(error?.code == .badData)
      #expect(error?.found == "no `\(record.lastPathComponent)`")
      try bytes.write(to: record)
    }
    try flip(run.data)
    let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
    #expect(error?.doing.contains("data.json") == true)
  }

  @Test func sampledWeightsAreCheckedToo() throws {
    try tiny.train("run", stoppingAfter: 11)
    let run = tiny.run("run")
    try flip(run.checkpoint(atImages: 44).ema)
    let error = #expect(throws: PeregrineError.self) { try TrainedRun(run, device: .cpu) }
    #expect(error?.doing.contains("0000000044/ema.safetensors") == true)
    var said = 0
    let older = try TrainedRun(run, device: .cpu) { _ in said += 1 }
    #expect(older.images == 40 && said == 1)
    try flip(run.recipe)
    #expect(throws: PeregrineError.self) { try TrainedRun(run, device: .cpu) { _ in } }
  }

  @Test func aDamagedSnapshotIsNamed() throws {
    let kept = try TinyRun([
      "optimizer.ema_profiles=0.05, 0.10", "schedule.snapshot_every_images=8", "training.images=16",
    ])
    try kept.train("run")
    let snapshots = AverageSnapshots(of: kept.run("run"))
    try flip(snapshots.all[1].url)
    let error = #expect(throws: PeregrineError.self) {
      try snapshots.reconstruct(length: 0.08, atImages: 16)
    }
    #expect(error?.doing.contains("averages/0000000008/0.1.safetensors") == true)
    try FileManager.default.removeItem(at: snapshots.all[1].url.deletingLastPathComponent())
    _ = try snapshots.reconstruct(length: 0.08, atImages: 16)
  }

  @Test func anotherEnvironmentIsSaidAndLogged() throws {
    try tiny.train("run", stoppingAfter: 7)
    let run = tiny.run("run")
    let text = try String(contentsOf: run.environment, encoding: .utf8)
    #expect(text.contains("\"threads\" : 2"))
    try Data(text.replacing("\"threads\" : 2", with: "\"threads\" : 3").utf8)
      .write(to: run.environment)
    let warnings = try finish("run")
    #expect(warnings.map(\.found) == ["threads: 3 -> 2"])
    let notes = try tiny.records("run").filter { $0.kind == .note }
    #expect(notes.map(\.images) == [28])
    #expect(notes.first?.text?.contains("threads: 3 -> 2") == true)
  }
}
