import Diagnostics
import Encoding
import Foundation
import Samples
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Runs
@testable import Training

@Suite struct TrainerFailureTests {
  @Test func aDivergedLossNamesStepTermAndLastGoodCheckpoint() throws {
    let tiny = try TinyRun([
      "optimizer.learning_rate=1e15", "optimizer.gradient_clip=0",
      "schedule.checkpoint_every_images=4", "schedule.log_every_images=4",
    ])
    let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
    #expect(error?.code == .nonFinite)
    #expect(error?.doing.contains("step ") == true)
    #expect(error?.found.contains("flow_matching") == true)
    #expect(error?.advice.contains("last good checkpoint is") == true)
    let checkpoint = try tiny.run("run").checkpoint()
    #expect(error?.advice.contains(checkpoint.url.path) == true)
  }

  @Test func aDivergenceOnFiniteDataBlamesTheLearningRate() throws {
    let tiny = try TinyRun(["optimizer.learning_rate=1e15", "optimizer.gradient_clip=0"])
    let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
    #expect(error?.advice.contains("The data of this step are finite") == true)
  }

  @Test func aPreviewThatFailsIsAWarningAndComesAfterTheCheckpoint() throws {
    let tiny = try TinyRun(["schedule.checkpoint_every_images=40"])
    try tiny.train("whole")
    var events: [String] = []
    let samples = tiny.run("run").samples
    _ = try Trainer(tiny.layers, run: tiny.run("run")) { event in
      switch event {
      // A file where the folder of the grids should be.
      case .started: try? Data().write(to: samples)
      case .saved(let checkpoint): events.append("saved \(checkpoint.images)")
      case .drew: events.append("drew")
      case .warned(let warning): events.append("\(warning.doing)")
      default: break
      }
    }.train()
    #expect(
      events == [
        "saved 40", "drawing samples at 40 images", "saved 80", "drawing samples at 80 images",
      ])
    #expect(try tiny.tensors("run") == tiny.tensors("whole"))
    // The same command draws what is missing at the end.
    try FileManager.default.removeItem(at: samples)
    try tiny.train("run")
    #expect(try tiny.records("run").filter { $0.kind == .samples }.map(\.images) == [80])
  }

  @Test func aKillBetweenCheckpointAndPreviewLosesNothing() throws {
    let tiny = try TinyRun(["schedule.checkpoint_every_images=40"])
    try tiny.train("whole")
    var copied = false
    _ = try Trainer(tiny.layers, run: tiny.run("run")) { event in
      guard case .saved = event, !copied else { return }
      copied = true
      try? FileManager.default.copyItem(at: tiny.run("run").url, to: tiny.run("killed").url)
    }.train()
    #expect(try tiny.records("killed").filter { $0.kind != .train }.isEmpty)
    #expect(try tiny.train("killed") == .finished)
    // The grid's text names the run, so only the log is compared.
    #expect(try tiny.records("killed") == tiny.records("whole"))
  }

  @Test func aFolderOfOtherFilesIsRefused() throws {
    let tiny = try TinyRun()
    let photos = tiny.folder.url.appendingPathComponent("photos")
    try PictureTree.write(to: photos, perClass: 2)
    let error = #expect(throws: PeregrineError.self) { try tiny.train("photos") }
    #expect(error?.code == .usage)
    #expect(error?.found == "`a`, `b`")
    var inside = tiny
    try inside.layers.apply(assignment: "data.path=\(photos.path)")
    try inside.layers.apply(assignment: "data.size=32")
    let other = #expect(throws: PeregrineError.self) { try inside.train("photos/run") }
    #expect(other?.found.contains("inside the data") == true)
    #expect(!FileManager.default.fileExists(atPath: photos.appendingPathComponent("run").path))
  }

  /// Every precision, with all that is drawn and scored.
  @Test(arguments: Recipe.Training.Precision.allCases)
  func everyPrecisionDrawsAndScores(_ precision: Recipe.Training.Precision) throws {
    let tiny = try TinyRun([
      "training.precision=\(precision.rawValue)", "training.images=12",
      "schedule.preview_every_images=16", "schedule.evaluate_every_images=16",
      "preview.sampler.guidance=2", "evaluation.against=shapes:16", "evaluation.metrics=psnr",
      "evaluation.count=4", "evaluation.sampler.steps=2",
    ])
    var warnings: [PeregrineError] = []
    _ = try Trainer(tiny.layers, run: tiny.run("run")) { event in
      if case .warned(let warning) = event { warnings.append(warning) }
    }.train()
    #expect(warnings.isEmpty, "\(warnings)")
    #expect(
      try tiny.records("run").map(\.kind) == [.train, .validation, .samples, .score])
    let trained = try TrainedRun(tiny.run("run"), device: .cpu)
    #expect(try trained.pictures([.init(label: 1), .init(label: 2)]).count == 2)
  }

  @Test func anAutoencoderOfOtherLatentsIsRefusedBeforeTheFirstStep() throws {
    let tiny = try TinyRun()
    let session = try TrainingSession(
      tiny.layers.resolved(), source: TrainingData(tiny.layers.resolved()))
    var description = session.source.description
    description.summary.itemShape = .init(dimensions: [4, 32, 32])
    let error = #expect(throws: PeregrineError.self) {
      try PictureDecoder(description, device: .cpu)
    }
    #expect(error?.found == "4 channels" && error?.expected == "1 or 3")
  }

  @Test func aTruncatedPictureInTheMiddleIsNamedAndTheRunCanGoOn() throws {
    let tiny = try TinyRun([
      "data.validation_count=2", "data.size=32",
    ])
    let source = tiny.folder.url.appendingPathComponent("pictures")
    try PictureTree.write(to: source, perClass: 20)
    var run = tiny
    try run.layers.apply(assignment: "data.path=\(source.path)")
    let victim = source.appendingPathComponent("b/007.png")
    let whole = try Data(contentsOf: victim)
    let error = #expect(throws: PeregrineError.self) {
      let trainer = try Trainer(run.layers, run: run.run("run")) { _ in }
      // Cut after the run has started, as a failing disk would.
      try whole.prefix(whole.count / 2).write(to: victim)
      _ = try trainer.train()
    }
    #expect(error.map { "\($0)" }?.contains("b/007.png") == true)
    #expect(error?.code == .badData)
    // Nothing is lost: the steps before it were saved, and the mended file lets the run go on.
    let saved = try run.run("run").checkpoint().images
    #expect(saved > 0 && saved < 40)
    try whole.write(to: victim)
    #expect(try run.train("run") == .finished)
  }

  @Test func aPictureCutOffBeforehandIsFoundBeforeTheFirstStepAndCanBeDeleted() throws {
    let tiny = try TinyRun(["data.validation_count=2", "data.size=32"])
    let source = tiny.folder.url.appendingPathComponent("pictures")
    try PictureTree.write(to: source, perClass: 20)
    var run = tiny
    try run.layers.apply(assignment: "data.path=\(source.path)")
    let victim = source.appendingPathComponent("b/007.png")
    let whole = try Data(contentsOf: victim)
    try whole.prefix(whole.count / 2).write(to: victim)
    let error = #expect(throws: PeregrineError.self) { try run.train("run") }
    #expect(error?.description.contains("b/007.png") == true)
    #expect(!FileManager.default.fileExists(atPath: run.run("run").recipe.path))
    try FileManager.default.removeItem(at: victim)
    #expect(try run.train("run", stoppingAfter: 1) == .interrupted)
    // From now on the data is that of the run: nothing may change, not even one bit.
    let other = source.appendingPathComponent("a/003.png")
    var bytes = try Data(contentsOf: other)
    bytes[bytes.count - 20] ^= 1
    try bytes.write(to: other)
    let refusal = #expect(throws: PeregrineError.self) { try run.train("run") }
    #expect(refusal?.code == .badData && refusal?.doing.contains("resuming") == true)
    bytes[bytes.count - 20] ^= 1
    try bytes.write(to: other)
    #expect(try run.train("run", stoppingAfter: 1) == .interrupted)
  }

  /// A default or a built-in recipe's number is at most a tenth; the user's own is kept.
  @Test func aTenthIsHeldOutUnlessAskedFor() throws {
    var layers = try RecipeLayers()
    try layers.apply(assignment: "data.path=shapes:480")
    let capped = try TrainingData(layers.resolved())
    #expect(capped.validation.summary.count == 48 && capped.training.summary.count == 432)
    #expect(capped.notices.contains { $0.contains("48 of 480") && $0.contains("instead of 256") })
    // The same items when the run is resumed; runs of earlier versions keep what they had.
    var before = capped.description
    #expect(try TrainingData(layers.resolved(), before: before).validation.summary.count == 48)
    before.heldOut = nil
    #expect(try TrainingData(layers.resolved(), before: before).validation.summary.count == 256)

    var builtIn = try RecipeLayers()
    builtIn.isBuiltIn = true
    try builtIn.apply(yaml: "data: {path: 'shapes:480', validation_count: 200}", origin: "a.yaml")
    #expect(try TrainingData(builtIn.resolved()).validation.summary.count == 48)
    builtIn.isBuiltIn = false
    #expect(try TrainingData(builtIn.resolved()).validation.summary.count == 200)
    try layers.apply(assignment: "data.validation_count=300")
    #expect(try TrainingData(layers.resolved()).validation.summary.count == 300)
  }

  @Test func aFlatFolderOfPicturesTrainsWithoutClasses() throws {
    let tiny = try TinyRun([
      "data.validation_count=2", "data.size=32", "training.images=8", "preview.sampler.guidance=2",
    ])
    let source = tiny.folder.url.appendingPathComponent("pictures")
    try PictureTree.write(to: source, perClass: 20, classes: ["flat"])
    var run = tiny
    try run.layers.apply(assignment: "data.path=\(source.path)/flat")
    #expect(try run.train("run") == .finished)
  }

  @Test func holdingOutEverythingIsRefused() throws {
    let tiny = try TinyRun(["data.validation_count=200"])
    let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
    #expect(error?.advice.contains("data.validation_count") == true)
  }

  @Test func aPatchThatDoesNotFitIsExplained() throws {
    let tiny = try TinyRun(["model.preset=SiT-Ti/5"])
    let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
    #expect(error?.description.contains("side 32, patch 5") == true)
  }
}
