import Foundation
import Race
import Testing

/// Races of a recipe against itself, a thousand of them, through the whole judgement.
@Suite struct NullRaceTests {
  /// With the noise that retraining has, nearly none may be called faster, whatever the number of seeds.
  @Test(arguments: [3, 5]) func calledFaster(seeds: Int) throws {
    var race = try SyntheticRace()
    race.seeds = (1...UInt64(seeds)).map { $0 }
    race.newSeeds = race.seeds.map { $0 + 50 }
    race.target = SyntheticRace.loss(20_000)
    let plan = try race.plan()
    let claim = try race.claim
    var (called, judged) = (0, 0)
    let races = 1_000
    for number in 0..<races {
      let runs = try plan.runs.map { run in
        let noise = SyntheticRace.noise(run.arm, run.images, UInt64(number) << 32 + run.seed, 0.013)
        return try RunObservation(
          run, of: plan, loss: SyntheticRace.loss(Double(run.images)) * (1 + noise))
      }
      let trials = try plan.trials.map {
        try RunObservation($0, of: plan, loss: $0.value == 2e-3 ? 0.4 : 0.5)
      }
      let record = try RaceJudge(
        ObservedRace(plan, trials: trials, runs: runs), claim: claim, claimSha256: "frozen"
      ).judge()
      if record.verdict.refusals.isEmpty { judged += 1 }
      let words = record.verdict.words + record.verdict.rule
      if ["holds at", "than claimed", "at least"].contains(where: words.contains) { called += 1 }
    }
    #expect(called <= races / 100, "\(called) of \(races)")
    // What is refused cannot be called faster, so most must be judged.
    #expect(judged > races / 2, "\(judged) of \(races)")
  }
}

extension RunObservation {
  /// A finished run with everything in order.
  fileprivate init(_ run: PlannedRun, of plan: RacePlan, loss: Double) throws {
    self = try JSONDecoder().decode(
      RunObservation.self,
      from: JSONEncoder().encode(
        Stored(run: run, heldOutLoss: loss, images: run.images, values: plan.schedule(of: run))))
  }

  private struct Stored: Encodable {
    let run: PlannedRun
    let heldOutLoss: Double
    let images: Int
    let values: [String: String]
    let folder = "run"
    let state = RunObservation.State.finished
    let scores: [RunScore] = []
    let accounts: [String: Double] = [:]
    let learningRates: [RunObservation.RatePoint] = []
  }
}
