import Diagnostics
import Evaluation
import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Runs
@testable import Training

/// Scores measured during training: at the right images, on the right clock, neither lost nor doubled.
@Suite struct EvaluationScheduleTests {
  private let tiny: TinyRun
  /// Twelve pictures are scored after 12, 24 and, because it is the end, 28 images.
  private let moments = [12, 24, 28]

  init() throws {
    tiny = try TinyRun([
      "training.images=28", "data.path=shapes:60", "schedule.evaluate_every_images=12",
      "schedule.preview_every_images=0", "schedule.validate_every_images=12",
      "evaluation.against=shapes:16", "evaluation.metrics=psnr,ssim,relative_l1",
      "evaluation.count=12", "evaluation.sampler.solver=euler", "evaluation.sampler.steps=2",
    ])
  }

  /// Trains, telling every event; stops once `stops` says so.
  @discardableResult
  private func train(
    _ name: String, onEvent: @escaping (TrainingEvent) -> Void = { _ in },
    stops: @escaping () -> Bool = { false }
  ) throws -> TrainingOutcome {
    try Trainer(tiny.layers, run: tiny.run(name), onEvent: onEvent).train(shouldStop: stops)
  }

  /// Trains until half of the pictures of the evaluation at `images` are drawn.
  private func interrupt(_ name: String, at images: Int) throws -> TrainingOutcome {
    var (seen, stops) = (0, false)
    return try train(
      name,
      onEvent: { event in
        if case .logged(let record) = event { seen = record.images }
        if case .evaluating(.drawing, let done, _) = event, seen == images, done >= 6 {
          stops = true
        }
      }, stops: { stops })
  }

  private func scores(_ name: String) throws -> [MetricRecord] {
    try tiny.records(name).filter { $0.kind == .score }
  }

  private func expectSame(
    _ name: String, as other: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(try tiny.tensors(name) == tiny.tensors(other), sourceLocation: sourceLocation)
    #expect(try tiny.records(name) == tiny.records(other), sourceLocation: sourceLocation)
  }

  @Test func scoresAreLoggedWhenTheyAreDue() throws {
    var told: [Int] = []
    var folders: Set<URL> = []
    try train("whole") { event in
      guard case .scored(let result, let folder) = event else { return }
      told.append(Int(result.record.subject["images"] ?? "") ?? 0)
      folders.insert(folder)
    }
    #expect(told == moments)
    #expect(folders.count == 3)
    let scores = try scores("whole")
    #expect(scores.map(\.images) == moments.flatMap { [$0, $0, $0] })
    #expect(scores.map(\.name) == moments.flatMap { _ in ["psnr", "ssim", "relative_l1"] })
    for score in scores {
      let value = try #require(score.value)
      #expect(score.low ?? .nan < value && value < score.high ?? .nan)
      #expect(score.count == 12)
      let made = try #require(score.protocolRecord)
      for (name, expected) in [
        ("pictures", "12"), ("solver", "euler"), ("steps", "2"), ("weights_used", "ema"),
        ("labels", "balanced over 8 classes"), ("reference_pictures", "16"),
      ] { #expect(made[name] == expected, "\(name)") }
    }
    // The weights move, so do the pictures.
    #expect(Set(scores.compactMap(\.value)).count == 9)
    let step = try #require(scores.first).step
    #expect(step == 3)
  }

  @Test func evaluatingChangesNoWeight() throws {
    try train("whole")
    var plain = tiny
    try plain.layers.apply(assignment: "schedule.evaluate_every_images=0")
    try plain.train("plain")
    #expect(try tiny.tensors("whole") == tiny.tensors("plain"))
    #expect(try tiny.records("whole").filter { $0.kind != .score } == tiny.records("plain"))
  }

  @Test func aTrainedRunIsScoredAsDuringTraining() throws {
    try train("whole")
    let trained = try TrainedRun(tiny.run("whole"), device: .cpu)
    let scoring = try #require(try trained.recipe.makeRunEvaluator(device: .cpu))
    var drawn = 0
    let (result, _) = try scoring.score(
      trained.sampling, of: tiny.run("whole"), classNames: trained.data.summary.classNames,
      images: 28
    ) { stage, _, _ in
      if stage == .drawing { drawn += 1 }
      return true
    }
    // The same weights: the pictures are there.
    #expect(drawn == 0)
    #expect(try result.record.scores.map(\.value) == scores("whole").suffix(3).map(\.value))
  }

  @Test(arguments: [12, 28])
  func anInterruptedEvaluationIsMadeUpFor(_ images: Int) throws {
    try train("whole")
    #expect(try interrupt("parts", at: images) == .interrupted)
    #expect(try tiny.run("parts").checkpoint().images == images)
    #expect(try scores("parts").map(\.images).max() ?? 0 < images)
    // Interrupted again while it is made up for.
    var stops = false
    let outcome = try train(
      "parts",
      onEvent: { event in
        if case .evaluating(.drawing, let done, _) = event, done >= 3 { stops = true }
      }, stops: { stops })
    #expect(outcome == .interrupted)
    #expect(try train("parts") == .finished)
    try expectSame("parts", as: "whole")
  }

  /// A kill is a run whose folder is as it was at some moment, taken up by another trainer.
  private func copyAtMoment(
    of name: String, to copy: String, when isMoment: @escaping (TrainingEvent) -> Bool
  ) throws {
    var failure: (any Error)?
    var copied = false
    try train(name) { event in
      guard !copied, isMoment(event) else { return }
      copied = true
      do {
        try FileManager.default.copyItem(at: tiny.run(name).url, to: tiny.run(copy).url)
      } catch { failure = error }
    }
    if let failure { throw failure }
    #expect(copied)
  }

  @Test func aKillAfterAnEvaluationDoesNotDoubleIt() throws {
    try copyAtMoment(of: "whole", to: "killed") { event in
      if case .scored(let result, _) = event { return result.record.subject["images"] == "24" }
      return false
    }
    // No checkpoint yet: everything before the kill is done again.
    #expect(tiny.run("killed").finishedCheckpoints().isEmpty)
    #expect(try scores("killed").count == 6)
    #expect(try train("killed") == .finished)
    try expectSame("killed", as: "whole")
  }

  @Test func aKillInAnEvaluationDoesNotLoseIt() throws {
    try copyAtMoment(of: "whole", to: "killed") { event in
      if case .evaluating(.drawing, let done, _) = event { return done == 7 }
      return false
    }
    #expect(try scores("killed").isEmpty)
    #expect(try train("killed") == .finished)
    try expectSame("killed", as: "whole")
  }

  /// Between the last score of an evaluation that was owed and the checkpoint that says so.
  @Test func aKillAfterAnOwedEvaluationDoesNotDoubleIt() throws {
    try train("whole")
    #expect(try interrupt("parts", at: 12) == .interrupted)
    try copyAtMoment(of: "parts", to: "killed") { event in
      if case .scored = event { return true }
      return false
    }
    #expect(try scores("killed").count == 3)
    #expect(try train("killed") == .finished)
    try expectSame("killed", as: "whole")
    try expectSame("parts", as: "whole")
  }

  @Test func itsTimeIsNotTrainingTime() throws {
    let pause = 1.5
    var paused = false
    try train("slow") { event in
      guard !paused, case .evaluating = event else { return }
      paused = true
      Thread.sleep(forTimeInterval: pause)
    }
    struct Saved: Decodable { let clock: RunClock }
    let file = try tiny.run("slow").checkpoint().url.appendingPathComponent("state/progress.json")
    let clock = try JSONDecoder().decode(Saved.self, from: Data(contentsOf: file)).clock
    #expect(clock.seconds(in: .evaluation) >= pause)
    // The lines before and after the pause, three steps apart.
    let seconds = try MetricsLog.read(tiny.run("slow").metrics)
      .filter { $0.kind == .train && [12, 24].contains($0.images) }.compactMap(\.trainSeconds)
    #expect(seconds.count == 2)
    #expect(seconds[1] - seconds[0] < pause)
  }

  @Test func whatCannotBeScoredIsRefusedAtTheStart() throws {
    for (setting, part) in [
      ("evaluation.against=", "evaluation.against"), ("evaluation.metrics=fid", "Did you mean"),
      ("evaluation.against=nowhere", "nowhere"), ("evaluation.metrics=kid", "no feature network"),
      ("evaluation.count=17", "17, one for each picture"),
      ("evaluation.labels=even", "balanced, uniform, reference"),
    ] {
      var other = tiny
      try other.layers.apply(assignment: setting)
      let error = #expect(throws: PeregrineError.self) {
        _ = try Trainer(other.layers, run: tiny.run("refused \(part)")) { _ in }
      }
      #expect(error?.description.contains(part) == true, "\(setting): \(error?.description ?? "")")
    }
  }
}
