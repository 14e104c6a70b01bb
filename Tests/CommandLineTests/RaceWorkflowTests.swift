import Foundation
import Race
import TestSupport
import Testing

/// A small race from claim to page, killed on the way, on the real tool.
@Suite struct RaceWorkflowTests {
  private static let claim = """
    name: tiny
    statement: New is cheaper.
    source: a test
    claimed: {unit: wall-clock, metric: held-out loss, guidance: none, protocol: none}
    findings: []
    omitted: []
    here: {scale: small, can: all, cannot: nothing}
    race:
      recipe: demo
      settings:
        - model.preset=SiT-Ti/8
        - data.path=shapes:200
        - data.validation_count=16
        - training.global_batch_size=2
        - training.micro_batch_size=0
        - training.precision=float32
        - training.threads=1
        - objective.prediction=velocity
        - objective.loss=velocity
      baseline: {name: plain, settings: []}
      new: {name: shifted, settings: [objective.time_shift=0.5]}
      seeds: [1, 2, 3]
      budgets: {unit: images, baseline_images: 162, ratio: 1.5, count: 5}
      schedule: {warm_up: 0.1, cool_down: 0.5, average: 0.1}
      tuning: {key: optimizer.learning_rate, values: [1.0e-3, 1.0e+15], seed: 100, budget: 2}
      calibration: {blocks: 6, steps: 3, tolerance: 5, drift: 50, closure: 50}
      primary: {metric: held_out_loss, guidance: 1, unit: images, margin: 0.05}
      declared: {}
    """

  @Test func fromClaimToPage() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("tiny.yaml")
    try Data(Self.claim.utf8).write(to: file)
    let early = try Tool.run(["race", "run", "race"], in: folder.url)
    #expect(early.status == 66)
    #expect(early.errors.contains("race plan"))

    let plan = try Tool.run(["race", "plan", "tiny.yaml", "--out", "race"], in: folder.url)
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(plan.output.contains("30 runs and 4 trials"))
    let race = RaceFolder(folder.url.appendingPathComponent("race"))
    let frozen = try Data(contentsOf: race.plan)
    let again = try Tool.run(["race", "plan", "tiny.yaml", "--out", "race"], in: folder.url)
    #expect(again.status == 0)
    #expect(try Data(contentsOf: race.plan) == frozen)

    // Judged before its end, it says what is missing and gives no number.
    let unfinished = try Tool.run(["race", "judge", "race"], in: folder.url)
    #expect(unfinished.status == 12)
    #expect(unfinished.output.contains("E-TUNE"))

    // Killed once some runs are there; the same command goes on and leaves them alone.
    let process = try Tool.start(["race", "run", "race"], in: folder.url)
    func finished() -> [String] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: race.runs.path)) ?? []
      return names.filter {
        let folder = race.runs.appendingPathComponent($0)
        return FileManager.default.fileExists(
          atPath: folder.appendingPathComponent("report.html").path)
      }
    }
    while process.isRunning, finished().count < 6 { usleep(10_000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let before = try finished().map {
      try Data(
        contentsOf: race.runs.appendingPathComponent($0).appendingPathComponent("metrics.jsonl"))
    }
    #expect(before.count >= 6)

    // A run that another process holds is left to it.
    let frozenPlan = try race.readPlan()
    let last = try #require(frozenPlan.runs.last)
    let held = race.runs.appendingPathComponent(frozenPlan.folderName(of: last, value: 1e-3))
    try FileManager.default.createDirectory(at: held, withIntermediateDirectories: true)
    let lock = open(held.appendingPathComponent(".lock").path, O_WRONLY | O_CREAT, 0o644)
    #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    let beside = try Tool.run(["race", "run", "race"], in: folder.url)
    #expect(beside.status == 0, "\(beside.errors)")
    #expect(beside.output.contains("1 run is in another process's hands"))
    close(lock)
    let run = try Tool.run(["race", "run", "race"], in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("[30/30]") && !run.errors.contains("[29/30]"))

    let judged = try Tool.run(["race", "judge", "race"], in: folder.url)
    #expect([10, 11, 12].contains(judged.status), "\(judged.errors)")
    let record = try race.readRecord()
    #expect(record.verdict.standing.rawValue == judged.status)
    #expect(record.tuned == ["plain": 1e-3, "shifted": 1e-3])
    #expect(record.runs.allSatisfy { $0.state == .finished })
    // A rate of 1e15 diverges, and stays in the table.
    #expect(record.trials.filter { $0.state != .finished }.count == 2)
    #expect(record.csv().contains(",failed,"))
    let report = try Tool.run(["race", "report", "race"], in: folder.url)
    #expect(report.status == 0, "\(report.errors)")
    let page = try String(contentsOf: race.report, encoding: .utf8)
    #expect(page.contains(record.verdict.words))
    #expect(!page.contains("<script"))
  }

  @Test func aPlanIsNeverChanged() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("tiny.yaml")
    try Data(Self.claim.utf8).write(to: file)
    #expect(
      try Tool.run(["race", "plan", "tiny.yaml", "--out", "race"], in: folder.url).status == 0)
    try Data(Self.claim.replacingOccurrences(of: "margin: 0.05", with: "margin: 0.1").utf8).write(
      to: file)
    let changed = try Tool.run(["race", "plan", "tiny.yaml", "--out", "race"], in: folder.url)
    #expect(changed.status == 64)
    #expect(changed.errors.contains("never changed"))
    let none = try Tool.run(["race", "plan", "tread-37x"], in: folder.url)
    #expect(none.status == 64)
    #expect(none.errors.contains("a claim without `race`"))
    let noisy = Self.claim.replacingOccurrences(
      of: "tolerance: 5, drift: 50", with: "tolerance: 0, drift: 0")
    try Data(noisy.utf8).write(to: file)
    let refused = try Tool.run(["race", "plan", "tiny.yaml", "--out", "other"], in: folder.url)
    #expect(refused.status == 69)
    #expect(
      !FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("other").path))
  }

  /// Two samplers that draw from one run: the plain one at equal cost is the baseline.
  @Test func samplersRace() throws {
    let folder = try TemporaryFolder()
    let trained = try Tool.run(
      tinyTraining + ["--set", "training.images=40", "--out", "trained"], in: folder.url)
    #expect(trained.status == 0, "\(trained.errors)")
    let claim = """
      name: drawn
      statement: Heun is cheaper.
      source: a test
      claimed: {unit: wall-clock, metric: relative L1, guidance: none, protocol: none}
      findings: []
      omitted: []
      here: {scale: small, can: all, cannot: nothing}
      race:
        sampling: {full: [evaluation.sampler.solver=heun, evaluation.sampler.steps=60]}
        settings: [evaluation.sampler.guidance=1, evaluation.against=shapes:16]
        baseline: {name: euler, settings: [evaluation.sampler.solver=euler]}
        new: {name: heun, settings: [evaluation.sampler.solver=heun]}
        seeds: [1, 2, 3]
        budgets: {unit: evaluations, baseline_images: 30, ratio: 1.5, count: 5}
        tuning: {key: evaluation.sampler.time_shift, values: [1.0], seed: 100, budget: 2}
        calibration: {blocks: 6, steps: 1, tolerance: 5, drift: 50, closure: 50}
        primary: {metric: relative_l1, guidance: 1, unit: evaluations, margin: 0.05}
        scores:
          settings: [evaluation.metrics=psnr, evaluation.count=16]
          guidances: [1]
          generation_seeds: []
          budgets: 5
        declared: {}
      """
    try Data(claim.utf8).write(to: folder.url.appendingPathComponent("drawn.yaml"))
    let none = try Tool.run(["race", "plan", "drawn.yaml", "--out", "race"], in: folder.url)
    #expect(none.status == 64)
    #expect(none.errors.contains("--run"))
    let plan = try Tool.run(
      ["race", "plan", "drawn.yaml", "--run", "trained", "--out", "race"], in: folder.url)
    #expect(plan.status == 0, "\(plan.errors)")
    let run = try Tool.run(["race", "run", "race"], in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let judged = try Tool.run(["race", "judge", "race"], in: folder.url)
    #expect([0, 10, 11, 12].contains(judged.status), "\(judged.errors)")
    let race = RaceFolder(folder.url.appendingPathComponent("race"))
    let record = try race.readRecord()
    // Evaluations of a last step without a corrector; more of them are truer to full compute.
    let heun = record.runs.filter { $0.run.arm == "heun" && $0.run.seed == 1 }
    #expect(heun.map(\.run.images) == [5, 9, 13, 21, 31])
    let distances = try heun.map { run in
      try #require(run.scores.last { $0.metric == "relative_l1" }?.value)
    }
    #expect(distances == distances.sorted(by: >))
    #expect(record.runs.allSatisfy { $0.state == .finished })
  }
}
