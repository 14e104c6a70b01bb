import Foundation
import Race
import Reports
import RunFiles
import Telemetry

/// The files of a race, and of a run in it.
extension Subject {
  static let races = [
    race("race-plan", damaging: "plan.json"),
    race("race-claim", damaging: "claim.yaml"),
    race("race-metrics", damaging: "\(Self.firstRun)/metrics.jsonl"),
    race("race-speed", damaging: "\(Self.firstRun)/race-speed.json"),
    race("race-scores", damaging: "\(Self.firstRun)/race-scores-all.json"),
  ]

  /// A link to the first run's folder, whose name depends on the plan.
  private static let firstRun = "first-run"

  private static func race(_ name: String, damaging file: String) -> Subject {
    Subject(
      name: name, file: file, make: { try makeRace($0, $1) },
      read: { url in
        let folder = RaceFolder(url)
        let plan = try folder.readPlan()
        let claim = try Claim(file: folder.claim)
        let observed = try ObservedRace(plan, in: folder)
        _ = plan.lines(observed)
        _ = try RunObservation(
          plan.runs[0], in: RunLayout(url.appendingPathComponent(firstRun)), scores: "all")
        let record = try RaceJudge(observed, claim: claim, claimSha256: plan.claimSha256).judge()
        _ = record.markdown() + record.csv() + RaceReport.page(record)
      })
  }

  private static let claim = """
    name: fuzzed
    statement: New is cheaper.
    source: a test
    claimed: {unit: wall-clock, metric: held-out loss, guidance: none, protocol: none}
    findings: []
    omitted: []
    here: {scale: small, can: all, cannot: nothing}
    race:
      recipe: demo
      settings: []
      baseline: {name: plain, settings: []}
      new: {name: new, settings: [], shares: {optimizer.warmup_images: 0.1}}
      seeds: [1, 2]
      budgets: {unit: reference-seconds, baseline_images: 40000, ratio: 1.5, count: 5}
      schedule: {warm_up: 0.1, cool_down: 0.5, average: 0.1}
      tuning: {key: optimizer.learning_rate, values: [1.0e-3], seed: 100, budget: 3}
      primary: {metric: held_out_loss, guidance: 1, unit: reference-seconds, margin: 0.05}
      declared: {latents: not counted}
    """

  private static func makeRace(_ url: URL, _ corpus: Corpus) throws -> [Data] {
    let claim = try Claim(yaml: Self.claim, origin: "claim.yaml")
    guard let experiment = claim.race else { return [] }
    let names = experiment.arms.map(\.name)
    let plan = try RacePlan(
      claim: "fuzzed", claimSha256: "frozen", experiment: experiment,
      arms: names.map { name in
        ArmPlan(
          name: name, values: ["training.precision": "float32"], batch: 10,
          classes: [.init(name: "training", share: 1, flops: ["model": 1e9])], needs: [])
      },
      calibration: StepCalibration(
        classes: names.map { name in
          StepTimes(
            arm: name, name: "training", blocks: (0..<10).map { 0.1 + 1e-4 * Double($0 % 3) })
        }, fixedWork: [0.05], inputRatios: ["plain": 1.01, "new": 1.02],
        environment: .capture(libraries: [:], device: "cpu", threads: 1, packageRoot: nil)))
    let folder = RaceFolder(url)
    try folder.write(plan, claim: Self.claim)
    for run in plan.trials + plan.runs {
      let layout = folder.run(plan.folderName(of: run, value: run.value ?? 1e-3))
      try write(run, to: layout)
    }
    let first = folder.run(plan.folderName(of: plan.runs[0], value: 1e-3))
    try FileManager.default.createSymbolicLink(
      at: url.appendingPathComponent(firstRun), withDestinationURL: first.url)
    try RunScore.write(
      [
        RunScore(
          metric: "kid", value: 0.1, guidance: 1, generationSeed: 0, images: plan.runs[0].images,
          protocolRecord: ["network": "inception"])
      ], to: first.raceScores("all"))
    return []
  }

  private static func write(_ run: PlannedRun, to layout: RunLayout) throws {
    try FileManager.default.createDirectory(at: layout.url, withIntermediateDirectories: true)
    let log = try MetricsLog(url: layout.metrics)
    let loss = 0.3 + 10 / Double(run.images).squareRoot() + 1e-4 * Double(run.seed)
    log.append(
      MetricRecord(
        kind: .train, images: run.images, step: run.images / 10, loss: loss, learningRate: 1e-3,
        trainSeconds: Double(run.images) / 100))
    log.append(
      MetricRecord(kind: .validation, images: run.images, step: run.images / 10, loss: loss))
    try SpeedBracket(before: 0.05, after: 0.05).write(to: layout)
  }
}
