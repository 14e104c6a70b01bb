import Diagnostics
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Runs
@testable import Training

@Suite struct PowerAveragesTests {
  private static let kept = [
    "optimizer.ema_profiles=0.05, 0.10", "schedule.snapshot_every_images=8",
  ]

  /// Every file below `averages`, by its path from there.
  private func files(_ run: RunLayout) throws -> [String: Data] {
    let snapshots = AverageSnapshots(of: run).all
    return try Dictionary(
      uniqueKeysWithValues: snapshots.map {
        ("\($0.images)/\($0.length)", try Data(contentsOf: $0.url))
      })
  }

  private func liveAverages(_ run: RunLayout) throws -> Data {
    try Data(contentsOf: run.checkpoint().url.appendingPathComponent("state/averages.safetensors"))
  }

  @Test func snapshotsAreWrittenOnTimeAndAtTheEnd() throws {
    let tiny = try TinyRun(
      Self.kept + ["training.images=36", "schedule.snapshot_every_images=16"])
    try tiny.train("run")
    let all = AverageSnapshots(of: tiny.run("run")).all
    #expect(all.map(\.images) == [16, 16, 32, 32, 36, 36])
    #expect(all.map(\.length) == [0.05, 0.1, 0.05, 0.1, 0.05, 0.1])
    let metadata = try SafetensorsFile(all[3].url).metadata
    #expect(metadata == ["relative_length": "0.1", "images": "32"])
  }

  @Test func aResumedRunWritesTheSameAverages() throws {
    let tiny = try TinyRun(Self.kept + ["optimizer.method=muon"])
    try tiny.train("whole")
    try tiny.train("parts", stoppingAfter: 7)
    try tiny.train("parts", stoppingAfter: 6)
    try tiny.train("parts")
    #expect(try files(tiny.run("whole")) == files(tiny.run("parts")))
    #expect(try files(tiny.run("whole")).count == 20)
    #expect(try liveAverages(tiny.run("whole")) == liveAverages(tiny.run("parts")))
    #expect(try tiny.tensors("whole") == tiny.tensors("parts"))
  }

  /// What a killed process wrote after its last checkpoint goes, because the run may end elsewhere.
  @Test func snapshotsAfterTheCheckpointGo() throws {
    let tiny = try TinyRun(Self.kept)
    try tiny.train("run", stoppingAfter: 4)
    let run = tiny.run("run")
    let folder = run.url.appendingPathComponent("averages")
    try FileManager.default.copyItem(
      at: folder.appendingPathComponent("0000000016"),
      to: folder.appendingPathComponent("0000000063"))
    #expect(AverageSnapshots(of: run).all.last?.images == 63)
    try tiny.train("run")
    #expect(!AverageSnapshots(of: run).all.contains { $0.images == 63 })
    #expect(AverageSnapshots(of: run).all.count == 20)
  }

  @Test func theAveragesChangeNothingElse() throws {
    let (plain, kept) = (try TinyRun(), try TinyRun(Self.kept))
    try plain.train("run")
    try kept.train("run")
    #expect(try plain.tensors("run") == kept.tensors("run"))
    #expect(AverageSnapshots(of: plain.run("run")).all.isEmpty)
  }

  private func values(_ weights: [String: Tensor]) throws -> [Double] {
    try weights.sorted { $0.key < $1.key }.flatMap { try $0.value.scalars(Double.self) }
  }

  private func distance(_ first: [Double], _ second: [Double]) -> Double {
    zip(first, second).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
  }

  @Test func aStoredLengthIsItsSnapshot() throws {
    let tiny = try TinyRun(Self.kept)
    try tiny.train("run")
    let snapshots = AverageSnapshots(of: tiny.run("run"))
    for snapshot in snapshots.all.filter({ $0.images == 40 || $0.images == 80 }) {
      let found = try snapshots.reconstruct(length: snapshot.length, atImages: snapshot.images)
      #expect(found.mismatch < 1e-7)
      #expect(try values(found.weights) == values(SafetensorsFile(snapshot.url).tensors()))
    }
  }

  /// A length that was not stored, against a run that did store it.
  @Test(arguments: [(0.07, 0.02), (0.15, 0.1)])
  func anotherLengthIsFoundAgain(length: Double, tolerance: Double) throws {
    let tiny = try TinyRun(Self.kept)
    try tiny.train("two")
    var other = tiny
    try other.layers.apply(assignment: "optimizer.ema_profiles=\(length)")
    try other.train("one")
    let found = try values(
      AverageSnapshots(of: tiny.run("two")).reconstruct(length: length, atImages: 80).weights)
    let stored = AverageSnapshots(of: tiny.run("one"))
    let exact = try values(stored.reconstruct(length: length, atImages: 80).weights)
    // In units of how far the nearest average that was kept is away.
    let nearest = try values(
      AverageSnapshots(of: tiny.run("two")).reconstruct(length: 0.05, atImages: 80).weights)
    let error = distance(found, exact) / distance(nearest, exact)
    print("post-hoc average of length \(length) after 20 steps: relative error \(error)")
    #expect(error < tolerance)
  }

  @Test func aRunWithoutProfilesIsRefusedWithAdvice() throws {
    let tiny = try TinyRun(["training.images=8"])
    try tiny.train("run")
    let error = #expect(throws: PeregrineError.self) { try EMASweep(tiny.run("run")) }
    #expect(error?.code == .missingInput)
    #expect(error?.advice.contains("optimizer.ema_profiles") == true)
    let kept = try TinyRun(Self.kept + ["training.images=16"])
    try kept.train("run")
    let place = #expect(throws: PeregrineError.self) { try EMASweep(kept.run("run"), atImages: 9) }
    #expect(place?.found.contains("8, 16") == true)
  }

  /// A checkpoint's own average gives the loss that the run logged; other weights give another one.
  @Test func theSweepMeasuresTrainingsHeldOutLoss() throws {
    let tiny = try TinyRun(Self.kept)
    try tiny.train("run")
    let sweep = try EMASweep(tiny.run("run"))
    #expect(sweep.images == 80)
    let checkpoint = try tiny.run("run").checkpoint()
    let own = ReconstructedAverage(
      length: 0, images: 80, weights: try SafetensorsFile(checkpoint.ema).tensors(), mismatch: 0)
    let logged = try tiny.records("run").last { $0.kind == .validation }?.loss
    #expect(try sweep.measure(own).heldOutLoss == logged)
    let rows = try [0.02, 0.1, 0.28].map { try sweep.measure(sweep.average(length: $0)) }
    let losses = try rows.map { try #require($0.heldOutLoss) }
    #expect(Set(losses).count == 3)
    let best = try #require(EMASweep.best(of: rows))
    #expect(best.column == "held_out_loss")
    #expect(losses[best.index] == losses.min())
    #expect(rows[1].mismatch < 1e-7 && rows[0].mismatch > 0.01)
  }

  @Test func aTrainedRunTakesAnyLength() throws {
    let tiny = try TinyRun(Self.kept)
    try tiny.train("run")
    let run = tiny.run("run")
    let trained = try TrainedRun(run, averageLength: 0.08, device: .cpu)
    let exact = try AverageSnapshots(of: run).reconstruct(length: 0.08, atImages: 80)
    let weights = Dictionary(uniqueKeysWithValues: trained.sampling.backbone.state.map { ($0, $1) })
    #expect(try values(weights) == values(exact.weights))
    #expect(trained.weightsName == "power average of length 0.08")
    #expect(trained.images == 80)
    let written = tiny.folder.url.appendingPathComponent("best.safetensors")
    try exact.write(to: written)
    #expect(try values(SafetensorsFile(written).tensors()) == values(exact.weights))
    #expect(try trained.weightsSha256 != TrainedRun(run, device: .cpu).weightsSha256)
    #expect(
      try TrainedRun(run, atImages: 40, averageLength: 0.08, device: .cpu).images == 40)
  }
}
