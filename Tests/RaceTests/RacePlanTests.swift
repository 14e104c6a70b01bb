import Diagnostics
import Foundation
import Race
import TestSupport
import Testing

@Suite struct RacePlanTests {
  @Test func everyClaimThatComesAlongCanBeRead() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("claims")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "yaml" }
    #expect(files.count >= 14)
    let races = try files.map { try Claim(file: $0) }.compactMap(\.race)
    #expect(races.count >= 5)
    #expect(races.allSatisfy { $0.budgets.ratio <= 1.5 && $0.budgets.count >= 5 })
  }

  /// Equal budgets in time: a step that takes twice as long gets half the images.
  @Test func budgetsInReferenceTime() throws {
    var race = try SyntheticRace()
    race.stepSeconds["new"] = 0.2
    race.blockSpread = 0
    let plan = try race.plan()
    let largest = plan.runs.filter { $0.budget == 4 && $0.seed == 1 }.map(\.images)
    #expect(largest == [40_000, 20_000])
    #expect(abs(plan.budget(4) - 400) < 1e-9)
    #expect(abs(plan.budget(3) / plan.budget(4) - 1 / 1.5) < 1e-12)
    #expect(plan.runs.count == 2 * 5 * 5)
    #expect(plan.trials.count == 4)
    #expect(Set(plan.trials.map(\.seed)) == [100])
    for run in plan.runs {
      let spent = Double(run.images) * plan.cost(of: plan.arm(run.arm), in: .referenceSeconds)
      #expect(abs(spent / plan.budget(run.budget) - 1) <= 0.01)
    }
  }

  @Test(arguments: [("flops", 10_000), ("images", 40_000)])
  func budgetsInOtherUnits(unit: String, images: Int) throws {
    var race = try SyntheticRace()
    (race.unit, race.primaryUnit) = (unit, unit)
    race.flops["new"] = 4e9
    let plan = try race.plan()
    #expect(plan.runs.last { $0.arm == "new" }?.images == images)
  }

  /// Every run has the same schedule in shares of its length.
  @Test func schedules() throws {
    let plan = try SyntheticRace().plan()
    for run in plan.runs {
      let values = plan.schedule(of: run).compactMapValues(Double.init)
      let images = Double(run.images)
      #expect(abs((values["optimizer.warmup_images"] ?? 0) / images - 0.1) < 1e-3)
      #expect(abs((values["optimizer.cooldown_images"] ?? 0) / images - 0.5) < 1e-3)
      let length = 10 / (1 - (values["optimizer.ema_decay"] ?? 0))
      #expect(abs(length / images - 0.1) < 1e-6)
      #expect(values["training.images"] == images)
    }
  }

  /// The same run of two races has one folder; any difference of the recipe makes another.
  @Test func foldersOfRuns() throws {
    let plan = try SyntheticRace().plan()
    let names = Set(plan.runs.map { plan.folderName(of: $0, value: 1e-3) })
    #expect(names.count == plan.runs.count)
    let run = plan.runs[0]
    #expect(plan.folderName(of: run, value: 1e-3) != plan.folderName(of: run, value: 2e-3))
    var other = try SyntheticRace()
    other.stepSeconds["new"] = 0.3
    let same = try #require(try other.plan().runs.first { $0.arm == "plain" && $0 == run })
    #expect(
      try other.plan().folderName(of: same, value: 1e-3) == plan.folderName(of: run, value: 1e-3))
  }

  @Test func budgetsThatWholeBatchesMiss() throws {
    var race = try SyntheticRace()
    race.baselineImages = 500
    let error = #expect(throws: PeregrineError.self) { try race.plan() }
    #expect(error?.code == .usage)
    #expect(error?.advice.contains("baseline_images") == true)
  }

  @Test(arguments: [
    ("ratio: 1.5", "ratio: 2", "race.budgets.ratio"),
    ("count: 5", "count: 4", "race.budgets.count"),
    ("budget: 3", "budget: 5", "race.tuning.budget"),
    ("cool_down: 0.5", "cool_down: 0.95", "race.schedule"),
    ("name: new", "name: plain", "race.new.name"),
    ("held_out_loss", "kid", "race.primary.metric"),
    ("margin: 0.05", "margin: 0", "race.primary.margin"),
    ("guidance: 1\n", "guidance: 1\n    extra: 2\n", "race.primary.extra"),
    ("unit: reference-seconds, b", "unit: wall-clock, b", "race.budgets.unit"),
    ("unit: reference-seconds, b", "unit: evaluations, b", "race.budgets.unit"),
    ("recipe: demo", "recipe: demo\n  sampling: {full: []}", "race.recipe"),
  ])
  func whatNoRaceCanBeRunWith(text: String, changed: String, key: String) throws {
    let yaml = try SyntheticRace().yaml
    #expect(yaml.contains(text))
    let error = #expect(throws: PeregrineError.self) {
      try Claim(yaml: yaml.replacingOccurrences(of: text, with: changed), origin: "x.yaml")
    }
    #expect(error?.code == .usage)
    #expect(error?.found.contains(key) == true, "\(error?.description ?? "")")
  }

  @Test func theCalibrationsOwnNumbers() throws {
    var race = try SyntheticRace()
    race.stepSeconds["new"] = 0.05
    let plan = try race.plan()
    let ratio = try plan.calibration.logRatio(of: plan.arms[0], to: plan.arms[1])
    #expect(abs(ratio.value - 0.6931) < 1e-3)
    // Both were disturbed alike, so their ratio is exact.
    #expect(ratio.standardError < 1e-12)
    #expect(plan.calibration.problems(of: plan.arms, CalibrationRules()).isEmpty)
    let times = StepTimes(arm: "plain", name: "training", blocks: [1, 1, 1, 1, 1, 1.1, 1.1, 1.1])
    #expect(abs(times.drift - 0.1 / 1.0375) < 1e-12)
  }

  /// Noise is refused as soon as no further block could make up for it, and not before.
  @Test func hopelessNoiseIsCertainEarly() throws {
    var rules = CalibrationRules()
    rules.blocks = 10
    rules.tolerance = 0.03
    let noisy = StepTimes(arm: "plain", name: "training", blocks: [1, 1.6, 1, 1.6])
    #expect(noisy.certainProblem(rules)?.contains("after 4 of 10 blocks") == true)
    rules.tolerance = 0.2
    #expect(noisy.certainProblem(rules) == nil)
    let least = noisy.leastRelativeError(of: 10)
    let errors = stride(from: 0.5, to: 40, by: 0.01).map { seconds in
      let blocks = noisy.blocks + Array(repeating: seconds, count: 6)
      return StepTimes(arm: "plain", name: "training", blocks: blocks).relativeError
    }
    let smallest = try #require(errors.min())
    #expect(smallest >= least && smallest < least * 1.0001)
    #expect(StepTimes(arm: "a", name: "b", blocks: [1]).certainProblem(rules) == nil)
    #expect(StepTimes(arm: "a", name: "b", blocks: [1, 1, 1]).leastRelativeError(of: 10) == 0)
  }

  @Test func thePlanInWords() throws {
    let race = try SyntheticRace()
    let plan = try race.plan()
    func lines() throws -> String {
      try plan.lines(ObservedRace(plan, in: race.folder)).joined(separator: "\n")
    }
    let before = try lines()
    #expect(before.contains("50 runs and 4 trials of `optimizer.learning_rate`"))
    #expect(before.contains("plain: training 100 ms a step"))
    #expect(before.contains("1.01x with the loading of data, 1 GFLOP an image"))
    #expect(before.contains("1.05x with the loading of data, input-bound"))
    #expect(before.contains("slope 0.2") && before.contains("1.05x takes"))
    // With runs on the disk, the slope is what they show: that of 0.3 + 10 / √images, relative.
    try race.write()
    let after = try lines()
    let power = try #require(try ObservedRace(plan, in: race.folder).power)
    let rise = 5 / (26_667.0).squareRoot()
    #expect(abs(power.slope / (rise / (0.3 + 2 * rise)) - 1) < 0.15)
    #expect(after.contains("by the runs that are there, the slope at the target is 0.0"))
    #expect(!after.contains("slope 0.2"))
  }
}
