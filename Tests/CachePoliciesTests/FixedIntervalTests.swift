import CachePolicies
import Diagnostics
import Testing

@Suite struct FixedIntervalTests {
  private let fixture: PolicyFixture

  init() throws { fixture = try PolicyFixture() }

  @Test func taylorSeersStepsAreThePublishedOnes() throws {
    for name in ["schedule_taylorseer", "schedule_taylorseer_dit"] {
      let golden = try fixture[name]
      let settings = try #require(golden.params["settings"] as? [[Int]])
      for setting in settings {
        let policy = FixedInterval.taylorSeer(interval: setting[2], warmUp: setting[1])
        let run = try PolicyRun(policy, steps: setting[0])
        let output = "T\(setting[0])_w\(setting[1])_N\(setting[2])"
        #expect(try golden.departures(output, run.full) == [])
      }
    }
    for name in fixture.cases.keys where name.hasPrefix("taylorseer_") {
      let golden = try fixture[name]
      let policy = FixedInterval.taylorSeer(
        interval: try golden.integer("interval"), warmUp: try golden.integer("warmup"))
      let run = try PolicyRun(policy, steps: try golden.integer("steps"))
      #expect(try golden.departures("full", run.full) == [])
    }
  }

  @Test func diffusersStepsAreThePublishedOnes() throws {
    for name in ["diffusers_taylor_a", "diffusers_taylor_b"] {
      let golden = try fixture[name]
      let policy = FixedInterval.diffusers(
        interval: try golden.integer("cache_interval"),
        warmUp: try golden.integer("disable_cache_before_step"),
        coolDown: golden.params["disable_cache_after_step"] as? Int)
      let run = try PolicyRun(policy, steps: try golden.integer("steps"))
      #expect(try golden.departures("full", run.full) == [])
    }
  }

  @Test func forasStepsAreThePublishedOnes() throws {
    let golden = try fixture["schedule_fora"]
    for setting in try #require(golden.params["settings"] as? [[Int]]) {
      let run = try PolicyRun(FixedInterval.fora(interval: setting[1]), steps: setting[0])
      #expect(try golden.departures("T\(setting[0])_N\(setting[1])", run.full) == [])
    }
  }

  /// x + g1 · attention + g2 · MLP, with the modules of the last full step and the gates of this one.
  @Test func reusedModulesUnderCurrentGatesGiveForasBlock() throws {
    let golden = try fixture["fora_block"]
    let run = try PolicyRun(
      FixedInterval.fora(interval: try golden.integer("interval")),
      steps: try golden.integer("steps"))
    let (attention, mlp) = (try golden.input("attn"), try golden.input("mlp"))
    let (modulation, x) = (try golden.input("mod"), try golden.input("x").numbers)
    let width = attention.shape[2]
    let modules = zip(run.reused { attention[$0] }, run.reused { mlp[$0] })
    let found = modules.enumerated().flatMap { step, module in
      x.indices.map { index in
        let channel = index % width
        return x[index] + modulation[step][2 * width + channel] * module.0[index]
          + modulation[step][5 * width + channel] * module.1[index]
      }
    }
    #expect(try golden.departures("full", run.full) == [])
    #expect(try golden.departures("x", found) == [])
  }

  @Test func fullStepsOfTaylorSeerAreAsManyAsCounted() throws {
    for (interval, expected) in [4: 14, 5: 12, 6: 10, 7: 9] {
      let run = try PolicyRun(FixedInterval.taylorSeer(interval: interval, warmUp: 3), steps: 50)
      #expect(run.full.reduce(0, +) == Double(expected))
    }
  }

  @Test func openVINOsDefaultsKeepSixFirstAndTwoLastSteps() throws {
    let run = try PolicyRun(OutputTaylorSchedule(), steps: 20)
    #expect(run.decisions.prefix(6).allSatisfy { $0 == .full(.warmUp) })
    #expect(run.decisions.suffix(2).allSatisfy { $0 == .full(.tail) })
    let full = run.full.indices.filter { run.full[$0] == 1 }
    #expect(full == [0, 1, 2, 3, 4, 5, 7, 10, 13, 16, 18, 19])
  }

  @Test func withoutCachingEveryStepIsFull() throws {
    #expect(try PolicyRun(EveryStep(), steps: 5).full == [1, 1, 1, 1, 1])
    let policy = FixedInterval.taylorSeer(interval: 1, warmUp: 1)
    #expect(try PolicyRun(policy, steps: 5).full == [1, 1, 1, 1, 1])
  }

  @Test func anIntervalOfNoStepsIsRefused() throws {
    for policy in [FixedInterval.fora(interval: 0), .taylorSeer(interval: 3, warmUp: 0)] {
      #expect(throws: PeregrineError.self) { try PolicyRun(policy, steps: 5) }
    }
  }
}
