import Diagnostics
import DiffusionMath
import Testing

@Suite struct MedianEstimateTests {
  /// Ranks and confidences of the binomial table: 2·P(B(n, ½) < rank).
  @Test(arguments: [
    (count: 1, rank: 1, confidence: 0.0), (2, 1, 0.5), (5, 1, 0.9375), (6, 1, 0.96875),
    (8, 1, 0.9921875), (9, 2, 0.9609375), (20, 6, 0.958610534668),
  ])
  func intervalOfOrderStatistics(count: Int, rank: Int, confidence: Double) throws {
    let values = (1...count).map(Double.init).shuffled()
    let median = try MedianEstimate(of: values)
    #expect(median.value == Double(count + 1) / 2)
    #expect(median.interval.low == Double(rank))
    #expect(median.interval.high == Double(count + 1 - rank))
    #expect(abs(median.interval.confidence - confidence) < 1e-11)
  }

  /// Of skewed values, the interval holds the true median as often as it says, and not much more.
  @Test func coverage() throws {
    var stream = RandomStream(seed: 3, purpose: "median")
    let (repetitions, count) = (4_000, 9)
    var held = 0
    for _ in 0..<repetitions {
      let values = stream.uniforms(count).map { $0 * $0 * $0 }
      held += try MedianEstimate(of: values).interval.contains(0.125) ? 1 : 0
    }
    let share = Double(held) / Double(repetitions)
    // Three standard errors around 0.961.
    #expect(abs(share - 0.9609375) < 0.01)
  }

  @Test func refusesNothingAndWhatIsNotANumber() {
    #expect(throws: PeregrineError.self) { try MedianEstimate(of: []) }
    #expect(throws: PeregrineError.self) { try MedianEstimate(of: [1, .nan]) }
  }
}
