import Diagnostics
import Foundation
import Scores
import Testing

struct ScoreTests {
  private func made(_ features: String = "a", steps: String = "50") throws -> ScoreProtocol {
    try ScoreProtocol(["features": features, "generated": "1000", "steps": steps])
  }

  @Test func protocolsDifferByTheirFields() throws {
    let first = try made()
    let second = try made("b").adding(["seed": "7"])
    #expect(first["features"] == "a" && first["seed"] == nil)
    #expect(first.fields.map(\.name) == ["features", "generated", "steps"])
    let differences = first.differences(from: second)
    #expect(differences.map(\.field) == ["features", "seed"])
    #expect(differences[0].mine == "a" && differences[0].theirs == "b")
    #expect(differences[1].mine == nil && differences[1].theirs == "7")
    #expect(differences[1].description == "seed: (not recorded) against 7")
    #expect(second.differences(from: first).map(\.field) == ["features", "seed"])
    let turned = try ScoreProtocol(["steps": "50", "generated": "1000", "features": "a"])
    #expect(turned == first && second != first)
  }

  @Test(arguments: ["", "Solver", "two words", "7up", "naïve", "kebab-case"])
  func fieldsHavePlainNames(name: String) {
    #expect(throws: PeregrineError.self) { try ScoreProtocol([name: "x"]) }
  }

  @Test func fieldsOccurOnce() throws {
    #expect(throws: PeregrineError.self) { try ScoreProtocol(["a": "1", "a": "1"]) }
    let once = try made()
    #expect(throws: PeregrineError.self) { try once.adding(["steps": "9"]) }
    let text = #"[{"name":"a","value":"1"},{"name":"a","value":"2"}]"#
    #expect(throws: PeregrineError.self) {
      try JSONDecoder().decode(ScoreProtocol.self, from: Data(text.utf8))
    }
  }

  @Test func orderSurvivesAFile() throws {
    let protocolRecord = try ScoreProtocol(["z": "1", "a": "2", "m_2": "3"])
    let read = try JSONDecoder().decode(
      ScoreProtocol.self, from: JSONEncoder().encode(protocolRecord))
    #expect(read.fields == protocolRecord.fields)
  }

  @Test func differencesCombineErrorsOfOneKind() throws {
    let meaning = "standard error over 5 disjoint blocks"
    let first = try Score(
      .kernelDistance, 0.5, error: 0.03, errorMeaning: meaning, protocolRecord: made())
    let second = try Score(
      .kernelDistance, 0.4, error: 0.04, errorMeaning: meaning, protocolRecord: made())
    let difference = try first.difference(from: second)
    #expect(abs(difference.value - 0.1) < 1e-15 && difference.errorMeaning == meaning)
    #expect(abs((difference.error ?? 0) - 0.05) < 1e-15)
    for (error, words) in [(nil, nil), (0.04, "std over 100 subsets")] as [(Double?, String?)] {
      let other = try Score(
        .kernelDistance, 0.4, error: error, errorMeaning: words, protocolRecord: made())
      let without = try first.difference(from: other)
      #expect(without.error == nil && without.errorMeaning == nil)
    }
    #expect(first.description == "KID 0.500 ± 0.030 (\(meaning))")
  }

  @Test func unlikeProtocolsAreRefused() throws {
    let first = try Score(.frechetDistance, 10, protocolRecord: made())
    let second = try Score(.frechetDistance, 9, protocolRecord: made("b", steps: "32"))
    let error = #expect(throws: PeregrineError.self) { try first.difference(from: second) }
    #expect(error?.code == .usage)
    #expect(error?.found.contains("features: a against b; steps: 50 against 32") == true)
    let partly = #expect(throws: PeregrineError.self) {
      try first.difference(from: second, varying: ["steps"])
    }
    #expect(partly?.found.contains("steps") == false)
    #expect(try first.difference(from: second, varying: ["steps", "features"]).value == 1)
    let other = try Score(.kernelDistance, 10, protocolRecord: made())
    #expect(throws: PeregrineError.self) { try first.difference(from: other) }
  }

  @Test func scoresAreNumbersWithMeaning() throws {
    let protocolRecord = try made()
    for value in [Double.nan, .infinity] {
      let error = #expect(throws: PeregrineError.self) {
        try Score(.frechetDistance, value, protocolRecord: protocolRecord)
      }
      #expect(error?.code == .nonFinite)
    }
    for (error, meaning) in [(1, nil), (nil, "std")] as [(Double?, String?)] {
      #expect(throws: PeregrineError.self) {
        try Score(
          .frechetDistance, 1, error: error, errorMeaning: meaning, protocolRecord: protocolRecord)
      }
    }
    #expect(ScoreName.frechetInfinity.displayName == "FD∞")
    #expect(ScoreName(rawValue: "my_score").displayName == "my score")
  }
}
