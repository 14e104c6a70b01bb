import DiffusionMath
import Foundation
import Race
import RunFiles
import Telemetry
import TestSupport

/// A race whose runs were never trained: their files are written from learning curves that are known.
struct SyntheticRace {
  /// What a run of a recipe, at images and a seed, comes to.
  typealias Quality = (_ arm: String, _ images: Int, _ seed: UInt64) -> Double

  var seeds: [UInt64] = [1, 2, 3, 4, 5]
  var newSeeds: [UInt64]?
  /// Seconds of a step of 10 images, for `plain` and `new`.
  var stepSeconds = ["plain": 0.1, "new": 0.1]
  /// The spread of blocks, relative.
  var blockSpread = 0.002
  var flops = ["plain": 1e9, "new": 1e9]
  var baselineImages = 40_000
  var unit = "reference-seconds"
  var primaryUnit = "reference-seconds"
  var metric = "held_out_loss"
  var target: Double?
  var scores = ""
  var declared = "{latents: not counted}"
  var needs = ["latents"]
  var armSettings = ["plain": "[]", "new": "[]"]
  var newValues: [String: String] = [:]
  var claimedFactor: Double?
  /// `loss = 0.3 + images^-0.5 · 10`, with 0.2 % of noise from seed to seed.
  var quality: Quality = { arm, images, seed in
    SyntheticRace.loss(Double(images)) * (1 + SyntheticRace.noise(arm, images, seed, 0.002))
  }
  let folder: RaceFolder
  private let temporary: TemporaryFolder

  init() throws {
    temporary = try TemporaryFolder()
    folder = RaceFolder(temporary.url.appendingPathComponent("race"))
  }

  static func loss(_ images: Double) -> Double { 0.3 + 10 / images.squareRoot() }

  static func noise(_ arm: String, _ images: Int, _ seed: UInt64, _ size: Double) -> Double {
    var stream = RandomStream(seed: seed, purpose: "test/\(arm)/\(images)")
    return size * Double(stream.normals(1)[0])
  }

  var yaml: String {
    """
    name: synthetic
    statement: New is cheaper.
    source: a test
    claimed:
      \(claimedFactor.map { "factor: \($0)\n  " } ?? "")unit: wall-clock
      metric: held-out loss
      guidance: none
      protocol: none
    findings: []
    omitted: []
    here: {scale: small, can: all, cannot: nothing}
    race:
      recipe: demo
      settings: []
      baseline: {name: plain, settings: \(armSettings["plain"] ?? "[]")}
      new: {name: new, settings: \(armSettings["new"] ?? "[]")\(newSeeds.map { ", seeds: \($0)" } ?? "")}
      seeds: \(seeds)
      budgets: {unit: \(unit), baseline_images: \(baselineImages), ratio: 1.5, count: 5}
      schedule: {warm_up: 0.1, cool_down: 0.5, average: 0.1}
      tuning: {key: optimizer.learning_rate, values: [1.0e-3, 2.0e-3], seed: 100, budget: 3}
      primary:
        metric: \(metric)
        \(target.map { "target: \($0)\n    " } ?? "")guidance: 1
        unit: \(primaryUnit)
        margin: 0.05
    \(scores)  declared: \(declared)
    """
  }

  var claim: Claim { get throws { try Claim(yaml: yaml, origin: "synthetic.yaml") } }

  static var environment: [String: Any] {
    [
      "peregrine": "0.1.0", "swift": "6.2", "processor": "test", "processor_features": [String](),
      "cores": 2, "memory_bytes": 1, "libraries": ["libtorch": "2"], "device": "cpu", "threads": 2,
      "captured_at": "2026-11-21T00:00:00Z", "command_line": [String](),
    ]
  }

  static func environmentRecord() throws -> EnvironmentRecord {
    try JSONDecoder().decode(
      EnvironmentRecord.self, from: JSONSerialization.data(withJSONObject: environment))
  }

  func plan() throws -> RacePlan {
    guard let experiment = try claim.race else { throw CocoaError(.coderInvalidValue) }
    let names = ["plain", "new"]
    let values = ["training.precision": "float32", "data.path": "shapes", "routing.method": "none"]
    return try RacePlan(
      claim: "synthetic", claimSha256: "frozen", experiment: experiment,
      arms: names.map { name in
        ArmPlan(
          name: name, values: name == "new" ? values.merging(newValues) { $1 } : values, batch: 10,
          classes: [
            ArmPlan.StepClass(name: "training", share: 1, flops: ["model": flops[name] ?? .nan])
          ], needs: needs)
      },
      calibration: StepCalibration(
        classes: names.map { name in
          let seconds = stepSeconds[name] ?? .nan
          return StepTimes(
            arm: name, name: "training",
            blocks: (0..<10).map {
              seconds * (1 + blockSpread * Double([-2, 1, 2, -1, 0, 0, 1, -2, 2, -1][$0]) / 2)
            })
        }, fixedWork: [0.05, 0.05], inputRatios: ["plain": 1.01, "new": 1.05],
        environment: Self.environmentRecord()))
  }

  /// Writes the plan and the files of every run.
  @discardableResult func write() throws -> RacePlan {
    let plan = try plan()
    try folder.write(plan, claim: yaml)
    for trial in plan.trials { try write(trial, of: plan, value: trial.value ?? .nan) }
    for run in plan.runs { try write(run, of: plan, value: 2e-3) }
    return plan
  }

  /// The folder of a run; tuning always chooses 2e-3.
  func place(_ run: PlannedRun, of plan: RacePlan) -> RunLayout {
    folder.run(plan.folderName(of: run, value: run.value ?? 2e-3))
  }

  /// Where the scores of a run are.
  func scoresFile(_ run: PlannedRun, of plan: RacePlan) -> URL {
    place(run, of: plan).raceScores(plan.experiment.scoresKey ?? "none")
  }

  private func write(_ run: PlannedRun, of plan: RacePlan, value: Double) throws {
    let place = place(run, of: plan)
    try FileManager.default.createDirectory(at: place.url, withIntermediateDirectories: true)
    try writeRecipe(
      plan.settings(of: run, value: value), values: plan.arm(run.arm).values, to: place)
    try JSONSerialization.data(withJSONObject: Self.environment).write(
      to: place.environment)
    let log = try MetricsLog(url: place.metrics)
    let steps = run.images / 10
    let seconds = Double(steps) * (stepSeconds[run.arm] ?? .nan)
    for (images, rate, spent) in [(run.images / 2, value, seconds / 2), (run.images, 0, seconds)] {
      log.append(
        MetricRecord(
          kind: .train, images: images, step: images / 10, loss: 1, learningRate: rate,
          trainSeconds: spent))
    }
    // A wrong learning rate costs a tenth.
    let loss = quality(run.arm, run.images, run.seed) * (value == 2e-3 ? 1 : 1.1)
    log.append(
      MetricRecord(kind: .validation, images: run.images, step: steps, loss: loss))
  }

  private func writeRecipe(_ settings: [String], values: [String: String], to place: RunLayout)
    throws
  {
    var all = values
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
      all[parts[0]] = parts[1]
    }
    let sections = Dictionary(grouping: all) { String($0.key.prefix { $0 != "." }) }
    let text = sections.sorted { $0.key < $1.key }.map { section, entries in
      "\(section):\n"
        + entries.sorted { $0.key < $1.key }.map {
          "  \($0.key.dropFirst(section.count + 1)): \($0.value)\n"
        }
        .joined()
    }.joined()
    try Data(text.utf8).write(to: place.recipe)
  }

  /// Adds a score to every run of the largest budgets, as scoring does.
  func writeScores(
    _ plan: RacePlan, metric: String = "kid", budgets: Int = 1,
    protocolOf: (PlannedRun) -> [String: String] = { _ in [:] },
    value: (PlannedRun, UInt64) -> Double
  ) throws {
    for run in plan.runs where run.budget >= 5 - budgets {
      let scores = [UInt64(0), 1].map { seed in
        RunScore(
          metric: metric, value: value(run, seed), guidance: 1, generationSeed: seed,
          images: run.images,
          protocolRecord: ["network": "mobilenet-v2", "pictures": "1000"].merging(protocolOf(run)) {
            $1
          })
      }
      try RunScore.write(scores, to: scoresFile(run, of: plan))
    }
  }

  /// Judges what is on the disk.
  func judge(claimSha256: String = "frozen") throws -> RaceRecord {
    try RaceJudge(
      ObservedRace(folder.readPlan(), in: folder), claim: claim, claimSha256: claimSha256
    ).judge()
  }
}
