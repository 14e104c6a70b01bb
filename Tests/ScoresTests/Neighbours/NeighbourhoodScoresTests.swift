import Diagnostics
import Scores
import Tensors
import Testing

/// Precision, recall, density and coverage on sets that one can see through.
struct NeighbourhoodScoresTests {
  /// Points on a line.
  private func line(_ places: [Double]) throws -> Tensor {
    try Tensor(places, shape: [places.count, 1])
  }

  /// Real pictures at 0, 1, 3, 10; with k = 1 their balls reach 1, 1, 2, 7.
  /// Generated ones at 0.5, 4.5, 20; their balls reach 4, 4, 15.5.
  @Test func countsByHand() throws {
    let real = try line([0, 1, 3, 10])
    let generated = try line([0.5, 4.5, 20])
    let shares = try PrecisionRecall(generated: generated, reference: real, neighbours: 1)
    // 0.5 and 4.5 are near a real one; 0, 1, 3 and 10 near a generated one.
    #expect(abs(shares.precision - 2.0 / 3) < 1e-15 && shares.recall == 1)
    let other = try DensityCoverage(generated: generated, reference: real, neighbours: 1)
    // 0.5 lies in the balls of 0 and 1; 4.5 in those of 3 and 10; 20 in none.
    #expect(abs(other.density - 4.0 / 3) < 1e-15 && other.coverage == 1)
  }

  @Test func setsApartScoreZeroAndEqualSetsOne() throws {
    let near = try normalFeatures(60, width: 4, seed: 51)
    let far = try near + 100
    let apart = try PrecisionRecall(generated: far, reference: near)
    #expect(apart.precision == 0 && apart.recall == 0)
    let distant = try DensityCoverage(generated: far, reference: near)
    #expect(distant.density == 0 && distant.coverage == 0)
    let same = try PrecisionRecall(generated: near, reference: near)
    #expect(same.precision == 1 && same.recall == 1)
    #expect(try DensityCoverage(generated: near, reference: near).coverage == 1)
  }

  /// Generated pictures of one kind only: all good, few of what there is.
  @Test func precisionAndRecallAreNotTheSame() throws {
    let real = try normalFeatures(200, width: 2, seed: 52)
    let narrow = try normalFeatures(200, means: [0, 0], scales: [0.1, 0.1], seed: 53)
    let shares = try PrecisionRecall(generated: narrow, reference: real)
    #expect(shares.precision > 0.95 && shares.recall < 0.3)
    let turned = try PrecisionRecall(generated: real, reference: narrow)
    #expect(turned.precision == shares.recall && turned.recall == shares.precision)
  }

  @Test func unfitInputIsRefused() throws {
    let four = try line([0, 1, 2, 3])
    let wide = try normalFeatures(9, width: 2, seed: 1)
    for neighbours in [0, 4] {
      let error = #expect(throws: PeregrineError.self) {
        try PrecisionRecall(generated: four, reference: four, neighbours: neighbours)
      }
      #expect(error?.code == .usage)
      #expect(throws: PeregrineError.self) {
        try DensityCoverage(generated: four, reference: four, neighbours: neighbours)
      }
    }
    let error = #expect(throws: PeregrineError.self) {
      try PrecisionRecall(generated: wide, reference: four)
    }
    #expect(error?.code == .shapeMismatch)
    #expect(throws: PeregrineError.self) {
      try DensityCoverage(generated: wide, reference: four, neighbours: 1)
    }
  }
}
