import CachePolicies
import Diagnostics
import Testing

@Suite struct StepMaskTests {
  @Test func presetsAreThePublishedOnesForEveryNumberOfSteps() throws {
    let golden = try PolicyFixture()["scm_masks"]
    let counts = try #require(golden.params["steps"] as? [Int])
    #expect(golden.outputs.count == counts.count * StepMask.Preset.allCases.count)
    for steps in counts {
      for preset in StepMask.Preset.allCases {
        let run = try PolicyRun(StepMask(preset), steps: steps)
        #expect(try golden.departures("\(preset.rawValue)_T\(steps)", run.full) == [])
      }
    }
  }

  @Test func everyPresetBeginsAndEndsWithAFullStep() throws {
    for steps in [4, 6] + Array(8...120) {
      for preset in StepMask.Preset.allCases {
        let mask = try preset.mask(steps: steps)
        #expect(mask.count == steps && mask.first == true && mask.last == true)
      }
    }
  }

  @Test func presetsRefuseNumbersOfStepsWithoutATable() {
    for steps in [1, 5, 7] {
      #expect(throws: PeregrineError.self) { try StepMask.Preset.fast.mask(steps: steps) }
    }
  }

  @Test func aGivenMaskIsFollowed() throws {
    let run = try PolicyRun(StepMask([true, false, false, true]), steps: 4)
    #expect(run.full == [1, 0, 0, 1])
  }

  @Test func masksThatCannotBeFollowedAreRefused() {
    for mask in [[true, false], [false, true, true]] {
      #expect(throws: PeregrineError.self) { try PolicyRun(StepMask(mask), steps: 3) }
    }
  }
}
