import Datasets
import Diagnostics
import Scores
import Testing

@testable import Evaluation

/// Scores whose evaluations differ in one respect are not compared, unless that is what varies.
@Suite struct ComparabilityTests {
  /// What differs, by the protocol field that tells it.
  enum Difference: String, CaseIterable {
    case pictures
    case weights = "network_weights"
    case blockSize = "block_size"
    case blockSeed = "seed_of_blocks"
    case reference = "reference_content"
    case origin = "solver"

    var metric: Metric { self == .blockSize || self == .blockSeed ? .kid : .fd }
  }

  private func record(_ difference: Difference?, _ metric: Metric) throws -> ScoreRecord {
    var plain = try PlainEvaluation(
      reference: ShapesDataset(count: 300, seed: difference == .reference ? 3 : 2, size: 8))
    plain.evaluator.metrics = [metric]
    if difference == .weights {
      plain.evaluator.network = NamedFeatureNetwork(
        plain.network, weightsSha256: PlainEvaluation.weights("b"))
    }
    if difference == .blockSize { plain.evaluator.blockSize = 50 }
    if difference == .blockSeed { plain.evaluator.seed = 1 }
    return try plain.evaluator.score(
      plain.generated, count: difference == .pictures ? 150 : 200,
      origin: [("solver", difference == .origin ? "heun" : "euler")]
    ) { _, _, _ in true }.record
  }

  @Test(arguments: Difference.allCases)
  func oneDifferenceIsRefusedByName(_ difference: Difference) throws {
    let first = try record(nil, difference.metric)
    let second = try record(difference, difference.metric)
    let error = #expect(throws: PeregrineError.self) {
      try ScoreComparison(second, against: first)
    }
    #expect(error?.code == .usage)
    #expect(error?.found.contains("\(difference.rawValue): ") == true, "\(error?.found ?? "")")
    // It is the only one.
    let varied = try ScoreComparison(second, against: first, varying: [difference.rawValue])
    #expect(varied.rows.count == 1)
    #expect(varied.rows[0].difference.value == second.scores[0].value - first.scores[0].value)
  }

  @Test func theSameEvaluationTwiceDiffersByNothing() throws {
    let comparison = try ScoreComparison(record(nil, .kid), against: record(nil, .kid))
    #expect(comparison.rows.map(\.difference.value) == [0])
  }
}
