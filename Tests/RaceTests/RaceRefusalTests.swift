import Diagnostics
import Foundation
import Race
import Telemetry
import Testing

/// Every refusal, provoked by changing the files of a race that is in order.
@Suite struct RaceRefusalTests {
  /// Judges after a change; the race is in order without it.
  private func codes(
    _ prepare: (inout SyntheticRace) -> Void = { _ in },
    change: (SyntheticRace, RacePlan) throws -> Void = { _, _ in }
  ) throws -> [Refusal] {
    var race = try SyntheticRace()
    prepare(&race)
    let plan = try race.write()
    try change(race, plan)
    let record = try race.judge()
    // A refused race shows no number, and says why.
    if !record.verdict.refusals.isEmpty {
      #expect(record.speedups.isEmpty && record.curve == nil && record.gaps.isEmpty)
      #expect(record.verdict.standing == .refused)
      #expect(record.verdict.words.hasPrefix("refused (E-"))
      #expect(record.verdict.refusals.allSatisfy { !$0.detail.isEmpty })
    }
    return record.verdict.refusals.map(\.code).reduce(into: []) { codes, code in
      if !codes.contains(code) { codes.append(code) }
    }
  }

  private func broken(_ change: (SyntheticRace, RacePlan) throws -> Void) throws -> [Refusal] {
    try codes(change: change)
  }

  private func edit(_ url: URL, _ change: (String) -> String) throws {
    let text = try String(contentsOf: url, encoding: .utf8)
    let changed = change(text)
    #expect(changed != text)
    try Data(changed.utf8).write(to: url)
  }

  private func recipe(_ race: SyntheticRace, _ plan: RacePlan, arm: String = "new") -> URL {
    let run = plan.runs.first { $0.arm == arm } ?? plan.runs[0]
    return race.place(run, of: plan).recipe
  }

  @Test func inOrder() throws { #expect(try codes() == []) }

  @Test func schedule() throws {
    // Another horizon.
    let horizon = try broken { race, plan in
      try edit(recipe(race, plan)) {
        $0.replacing(/cooldown_images: \d+/) { _ in "cooldown_images: 0" }
      }
    }
    #expect(horizon == [.schedule])
    // A rate that is not at its end.
    let early = try broken { race, plan in
      let run = plan.runs[0]
      try edit(race.place(run, of: plan).metrics) {
        $0.replacingOccurrences(of: "\"learning_rate\":0,", with: "\"learning_rate\":0.001,")
      }
    }
    #expect(early == [.schedule])
  }

  @Test func unit() throws {
    #expect(try codes({ $0.primaryUnit = "images" }) == [.unit])
  }

  @Test(arguments: [0.05, 0.9]) func extrapolation(target: Double) throws {
    #expect(try codes({ $0.target = target }) == [.extrapolation])
  }

  @Test func censored() throws {
    // Three of five runs of the baseline never arrive.
    let missed = try codes { race in
      race.target = 0.352
      race.quality = { arm, images, seed in
        SyntheticRace.loss(Double(images)) * (arm == "plain" && seed > 2 ? 1.05 : 0.999)
      }
    }
    #expect(missed == [.censored])
    // One run has the target at its first budget.
    let early = try codes { race in
      race.quality = { arm, images, seed in
        arm == "plain" && seed == 2 ? 0.3 : SyntheticRace.loss(Double(images))
      }
    }
    #expect(early == [.censored])
  }

  @Test func seeds() throws {
    #expect(try codes({ $0.seeds = [1, 2] }) == [.seeds])
    // A seed that occurs twice is refused when the claim is read.
    #expect(throws: PeregrineError.self) { try codes { $0.seeds = [1, 2, 2] } }
    #expect(try codes({ $0.seeds = [1, 2, 100] }) == [.seeds])
    let dropped = try broken { race, plan in
      try FileManager.default.removeItem(at: race.place(plan.runs[7], of: plan).url)
    }
    #expect(dropped == [.seeds])
  }

  @Test func calibration() throws {
    // Too noisy, in disorder, stale, and contradicted by real runs.
    #expect(try codes({ $0.blockSpread = 0.05 }) == [.calibration])
    #expect(try codes({ $0.stepSeconds["new"] = 0.01 }) == [.calibration])
    let stale = try broken { race, plan in
      let run = plan.runs[3]
      try edit(race.place(run, of: plan).environment) {
        $0.replacingOccurrences(of: "\"libtorch\":\"2\"", with: "\"libtorch\":\"3\"")
      }
    }
    #expect(stale == [.calibration])
    #expect(try broken { try slow($0, $1) } == [.calibration])
    // The same, while the machine itself was slower by as much: that explains it.
    let explained = try broken { race, plan in
      try slow(race, plan)
      for run in plan.runs + plan.trials where run.arm == "plain" {
        try SpeedBracket(before: 0.054, after: 0.056).write(to: race.place(run, of: plan))
      }
    }
    #expect(explained == [])
  }

  /// Lets the runs of one recipe take a tenth longer than their steps predict.
  private func slow(_ race: SyntheticRace, _ plan: RacePlan) throws {
    for run in plan.runs + plan.trials where run.arm == "plain" {
      let url = race.place(run, of: plan).metrics
      let seconds = Double(run.images / 10) * 0.1
      try edit(url) {
        $0.replacingOccurrences(
          of: "\"train_seconds\":\(Self.json(seconds))",
          with: "\"train_seconds\":\(Self.json(1.1 * seconds))")
      }
    }
  }

  private static func json(_ value: Double) -> String {
    (try? JSONEncoder().encode([value])).map {
      String(decoding: $0.dropFirst().dropLast(), as: UTF8.self)
    } ?? ""
  }

  @Test func cost() throws {
    #expect(try codes({ $0.declared = "{}" }) == [.cost])
    #expect(try codes({ $0.needs = ["latents", "teacher"] }) == [.cost])
  }

  @Test func tuning() throws {
    let missing = try broken { race, plan in
      for trial in plan.trials where trial.arm == "new" {
        try FileManager.default.removeItem(at: race.place(trial, of: plan).url)
      }
    }
    #expect(missing.contains(.tuning))
    let fixed = try codes { race in
      race.armSettings["new"] = "[\"optimizer.learning_rate=2e-3\"]"
    }
    #expect(fixed == [.tuning])
  }

  @Test func average() throws {
    let codes = try broken { race, plan in
      try edit(recipe(race, plan)) {
        $0.replacing(/ema_decay: [\d.]+/) { _ in "ema_decay: 0.9999" }
      }
    }
    #expect(codes == [.average])
  }

  private let scored =
    "  scores: {settings: [], guidances: [1], generation_seeds: [0, 1], budgets: 1}\n"

  private func kid(_ run: PlannedRun, _ seed: UInt64) -> Double {
    0.3 * (1 + SyntheticRace.noise("kid\(run.arm)\(seed)", 1, run.seed, 0.01))
  }

  @Test func best() throws {
    // Only the better generation seed was kept.
    let picked = try codes({ $0.scores = scored }) { race, plan in
      try race.writeScores(plan, value: kid)
      let run = try #require(plan.runs.last)
      let file = race.scoresFile(run, of: plan)
      let scores = try JSONDecoder().decode([RunScore].self, from: Data(contentsOf: file))
      try JSONEncoder().encode([scores[0]]).write(to: file)
    }
    #expect(picked == [.best])
  }

  @Test func evaluation() throws {
    let samples = try codes({ $0.scores = scored }) { race, plan in
      try race.writeScores(
        plan, protocolOf: { $0.arm == "new" ? ["pictures": "5000"] : [:] }, value: kid)
    }
    #expect(samples == [.evaluation])
    let data = try broken { race, plan in
      try edit(recipe(race, plan)) {
        $0.replacingOccurrences(of: "path: shapes", with: "path: other")
      }
    }
    #expect(data == [.evaluation])
  }

  @Test func leakage() throws {
    let codes = try codes { race in
      race.needs = ["latents", "teacher"]
      race.declared = "{latents: not counted, teacher: on the fly}"
      race.newValues = ["teacher.network": "mobilenet-v2@128"]
      race.metric = "kid"
      race.target = 0.25
      race.scores = scored.replacingOccurrences(of: "budgets: 1", with: "budgets: 5")
    } change: { race, plan in
      try race.writeScores(plan, budgets: 5) { run, seed in
        0.2 + 5 / Double(run.images).squareRoot() * (1 + kid(run, seed) * 1e-3)
      }
      for trial in plan.trials {
        let scores = [UInt64(0), 1].map {
          RunScore(
            metric: "kid", value: trial.value == 2e-3 ? 0.26 : 0.3, guidance: 1, generationSeed: $0,
            images: trial.images,
            protocolRecord: ["network": "mobilenet-v2", "pictures": "1000"])
        }
        try RunScore.write(scores, to: race.scoresFile(trial, of: plan))
      }
    }
    #expect(codes == [.leakage])
  }

  @Test func numerics() throws {
    let codes = try codes({ $0.scores = scored }) { race, plan in
      try race.writeScores(
        plan, protocolOf: { _ in ["few_pictures": "fewer than twice the width, allowed"] },
        value: kid)
    }
    #expect(codes == [.numerics])
  }

  /// A score that is no number is read back as such, and named.
  @Test func aScoreThatIsNoNumber() throws {
    let codes = try codes({ $0.scores = scored }) { race, plan in
      try race.writeScores(plan, value: kid)
      let run = try #require(plan.runs.first { $0.budget == 4 && $0.seed == 2 })
      // What scoring leaves of pictures that bear no score.
      let unsound = [UInt64(0), 1].map {
        RunScore(
          metric: "kid", value: .nan, guidance: 1, generationSeed: $0, images: run.images,
          protocolRecord: [RunScore.unsound: "features that are the same for all pictures"])
      }
      try RunScore.write(unsound, to: race.scoresFile(run, of: plan))
      let refusals = try race.judge().verdict.refusals
      #expect(
        refusals.contains { $0.detail.hasSuffix(": features that are the same for all pictures") })
    }
    #expect(codes == [.numerics])
  }

  /// A claim without a race is judged by what it published.
  @Test func quoted() throws {
    let claim = try Claim(
      yaml: """
        {name: x, statement: x, source: x, findings: [], omitted: [],
        claimed: {unit: steps, metric: FID, guidance: none, protocol: none},
        here: {scale: none, can: no, cannot: all}}
        """, origin: "x.yaml")
    #expect(try PublishedAudit(claim).verdict == .refused([.quoted]))
  }

  /// Hindsight lowers to exploratory; see the verdicts. All other codes are provoked above.
  @Test func damagedFiles() throws {
    var race = try SyntheticRace()
    race.seeds = [1, 2, 3]
    let plan = try race.write()
    let place = race.place(plan.runs[0], of: plan)
    try Data("model: [".utf8).write(to: place.recipe)
    let error = #expect(throws: PeregrineError.self) { try race.judge() }
    #expect(error?.code == .badData)
    #expect(error?.found.contains("recipe.yaml") == true)
    try Data("{".utf8).write(to: race.folder.plan)
    #expect(throws: PeregrineError.self) { try race.folder.readPlan() }
  }
}
