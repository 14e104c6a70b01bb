import Foundation
import Race
import Testing

/// Verdicts of races whose truth is known, from files to words.
@Suite struct RaceVerdictTests {
  @Test func twoOfTheSameAreNotDistinguishable() throws {
    var race = try SyntheticRace()
    race.newSeeds = [11, 12, 13, 14, 15]
    race.quality = { arm, images, seed in
      SyntheticRace.loss(Double(images)) * (1 + SyntheticRace.noise(arm, images, seed, 0.01))
    }
    try race.write()
    let record = try race.judge()
    #expect(record.verdict.words == "not distinguishable")
    #expect(record.verdict.standing == .notSupported)
    #expect(record.verdict.refusals.isEmpty)
  }

  /// The new recipe needs 2 of 3 images for everything.
  private func fasterRace(_ change: (inout SyntheticRace) -> Void = { _ in }) throws
    -> SyntheticRace
  {
    var race = try SyntheticRace()
    race.quality = { arm, images, seed in
      let worth = Double(images) * (arm == "new" ? 1.5 : 1)
      return SyntheticRace.loss(worth) * (1 + SyntheticRace.noise(arm, images, seed, 0.002))
    }
    change(&race)
    try race.write()
    return race
  }

  @Test func fewerImages() throws {
    let record = try fasterRace().judge()
    #expect(record.verdict.words.hasPrefix("holds at 1."))
    let speedup = try #require(record.speedups.first)
    #expect(speedup.low < 1.5 && 1.5 < speedup.high)
    #expect(speedup.method == "paired t")
    #expect(record.verdict.conditions.contains("n = 5 and 5"))
    let parts = try #require(record.decomposition)
    #expect(abs(parts.images * parts.stepTime * parts.rest / speedup.value - 1) < 1e-12)
    #expect(abs(parts.stepTime - 1) < 0.01)
  }

  @Test(arguments: [(1.5, "holds at"), (3.0, "smaller than claimed"), (1.1, "larger than claimed")])
  func claims(factor: Double, words: String) throws {
    let record = try fasterRace { $0.claimedFactor = factor }.judge()
    #expect(record.verdict.words.hasPrefix(words))
  }

  @Test func threeSeedsAreExploratory() throws {
    let record = try fasterRace { $0.seeds = [1, 2, 3] }.judge()
    #expect(record.verdict.words == "exploratory")
    #expect(record.verdict.standing == .undecided)
    #expect(record.verdict.rule.contains("3 seeds"))
  }

  @Test func aClaimThatChangedIsExploratory() throws {
    let record = try fasterRace().judge(claimSha256: "changed")
    #expect(record.verdict.words == "exploratory")
    #expect(record.verdict.rule.contains("E-POST"))
  }

  @Test func fasterStepsAlone() throws {
    var race = try SyntheticRace()
    race.stepSeconds["new"] = 0.1 / 1.5
    race.seeds = [1, 2, 3]
    try race.write()
    let record = try race.judge()
    #expect(record.verdict.words == "throughput only")
    #expect(record.verdict.standing == .notSupported)
    let parts = try #require(record.decomposition)
    #expect(abs(parts.stepTime - 1.5) < 1e-9)
    let time = try #require(record.speedups.first { $0.unit == .wallClock })
    #expect(time.low < 1.5 && 1.5 < time.high)
  }

  /// Clocks of runs during which the machine was slower are no measure; reference time is.
  @Test func wallClockOfAnUnsteadyMachineIsVoid() throws {
    let race = try fasterRace()
    #expect(try race.judge().unsteady == nil)
    let plan = try race.folder.readPlan()
    let log = race.place(plan.runs[0], of: plan).metrics
    let text = try String(contentsOf: log, encoding: .utf8)
    let slower = text.replacing(/"train_seconds":([0-9.]+)/) { match in
      "\"train_seconds\":\((Double(match.1) ?? .nan) * 1.06)"
    }
    try Data(slower.utf8).write(to: log)
    // Closure allows the median run to be off by 2 %; a single run does not change the median.
    let unexplained = try race.judge()
    #expect(unexplained.unsteady?.contains("1 of 50 runs") == true)
    try SpeedBracket(before: 0.05, after: 0.05).write(to: race.place(plan.runs[0], of: plan))
    #expect(try race.judge().unsteady == nil)
    try SpeedBracket(before: 0.05, after: 0.056).write(to: race.place(plan.runs[0], of: plan))
    let record = try race.judge()
    #expect(record.unsteady != nil)
    #expect(!record.speedups.contains { $0.unit == .wallClock })
    #expect(record.verdict.words.hasPrefix("holds at"))
    #expect(record.markdown().contains("No speed-up in wall-clock time: the machine was not"))
  }

  @Test func fewerButSlowerSteps() throws {
    let record = try fasterRace { $0.stepSeconds["new"] = 0.2 }.judge()
    #expect(record.verdict.words == "steps only")
  }

  @Test func slower() throws {
    var race = try SyntheticRace()
    race.quality = { arm, images, seed in
      SyntheticRace.loss(Double(images) / (arm == "new" ? 1.6 : 1))
        * (1 + SyntheticRace.noise(arm, images, seed, 0.002))
    }
    race.target = SyntheticRace.loss(19_000)
    try race.write()
    let record = try race.judge()
    #expect(record.verdict.words.hasPrefix("slower: 0.6"))
    #expect(record.verdict.standing == .notSupported)
  }

  @Test func aBaselineThatNeverArrives() throws {
    let record = try fasterRace { $0.target = SyntheticRace.loss(50_000) }.judge()
    #expect(record.verdict.words.hasPrefix("at least 1."))
    #expect(record.verdict.standing == .supported)
    #expect(record.speedups.first?.kind == .atLeast)
  }

  @Test func equivalence() throws {
    var race = try SyntheticRace()
    race.quality = { arm, images, seed in
      SyntheticRace.loss(Double(images)) * (1 + SyntheticRace.noise(arm, images, seed, 0.0002))
    }
    try race.write()
    #expect(try race.judge().verdict.words == "equivalent within 5 %")
  }

  /// Ahead at first, behind at the end.
  @Test func dependenceOnTheTarget() throws {
    var race = try SyntheticRace()
    race.quality = { arm, images, seed in
      let x = Double(images)
      let worth = arm == "new" ? 12_000 * (x / 12_000).squareRoot() : x
      return SyntheticRace.loss(worth) * (1 + SyntheticRace.noise(arm, images, seed, 0.001))
    }
    race.target = SyntheticRace.loss(13_000)
    try race.write()
    let record = try race.judge()
    #expect(record.verdict.words.hasPrefix("depends on target"))
    #expect(record.curve?.dependsOnTarget == true)
  }

  @Test func anotherMetricSaysOtherwise() throws {
    var race = try fasterRace()
    race.scores = "  scores: {settings: [], guidances: [1], generation_seeds: [0, 1], budgets: 1}\n"
    let plan = try race.write()
    try race.writeScores(plan) { run, seed in
      (run.arm == "new" ? 0.4 : 0.3)
        * (1 + SyntheticRace.noise("kid\(run.arm)\(seed)", 1, run.seed, 0.01))
    }
    let record = try race.judge()
    #expect(record.verdict.words == "depends on metric")
    #expect(record.verdict.rule.contains("kid"))
  }

  /// A run that diverged stays in the table and counts as one that missed the target.
  @Test func aRunThatDiverged() throws {
    let race = try fasterRace()
    let plan = try race.folder.readPlan()
    let lost = try #require(plan.runs.first { $0.arm == "plain" && $0.budget == 4 && $0.seed == 3 })
    try RunFailure(reason: "loss = NaN").write(to: race.place(lost, of: plan))
    let record = try race.judge()
    #expect(record.runs.count == plan.runs.count)
    #expect(record.runs.contains { $0.state == .failed("loss = NaN") })
    #expect(record.csv().contains(",failed,"))
    #expect(record.speedups.first?.method == "censored lognormal likelihood")
  }

  @Test func theSameRunsGiveTheSameBytes() throws {
    let race = try fasterRace()
    try race.folder.write(race.judge())
    let first = try Data(contentsOf: race.folder.record)
    let words = try Data(contentsOf: race.folder.summary)
    try race.folder.write(race.judge())
    #expect(try Data(contentsOf: race.folder.record) == first)
    #expect(try Data(contentsOf: race.folder.summary) == words)
    #expect(try race.folder.readRecord() == race.judge())
  }

  /// Whatever the words, a factor stands beside its unit, target, metric, guidance, seeds and method.
  @Test func noBareFactor() throws {
    let text = try fasterRace().judge().markdown()
    let line = try #require(text.split(separator: "\n").first { $0.contains("holds at") })
    for word in ["reference time", "held-out loss", "unguided", "n = 5", "paired t", "ledger 1"] {
      #expect(line.contains(word), "\(word)")
    }
  }
}
