import Datasets
import Diagnostics
import Foundation
import Pictures
import Scores
import Testing

struct ShapesScoreTests {
  private func reading(_ shape: ShapeKind, confidence: Double = 0.95) -> ShapesReading {
    ShapesReading(
      shape: shape.label, shapeName: shape.rawValue, colorName: "red", confidence: confidence)
  }

  @Test func scoresTheDatasetItselfAsRight() throws {
    let shapes = ShapesDataset(count: 80, seed: 31)
    let pictures = try (0..<80).map { try shapes.picture(at: $0) }
    let score = try ShapesScore(pictures: pictures, askedClasses: (0..<80).map { $0 % 8 })
    #expect(score.accuracy.right == 80 && score.clear.value == 1 && score.classes.count == 8)
    #expect(score.colors.count == 10 && score.colors.values.reduce(0, +) == 80)
    #expect(score.protocolRecord.count == 80)
    let shifted = try ShapesScore(pictures: pictures, askedClasses: (0..<80).map { ($0 + 1) % 8 })
    #expect(shifted.accuracy.right == 0 && shifted.clear.value == 1)
    #expect(shifted.classes[1].shown == ["disk": 10])
    let data = try JSONEncoder().encode(score)
    #expect(try JSONDecoder().decode(ShapesScore.self, from: data) == score)
  }

  @Test func unclearPicturesAreWrong() throws {
    let score = try ShapesScore(
      readings: [reading(.star), reading(.star, confidence: 0.5), reading(.ring)],
      askedClasses: [4, 4, 4])
    #expect(score.accuracy.right == 1 && score.clear.right == 2)
    #expect(score.classes.map(\.name) == ["star"])
    #expect(score.classes[0].shown == ["star": 1, "unclear": 1, "ring": 1])
    #expect(score.colors["red"] == 2 && abs(score.meanConfidence - 0.8) < 1e-12)
  }

  /// Against published values of the Wilson interval (R, `binom::binom.wilson`).
  @Test(arguments: [
    (0, 10, 0.0, 0.27753), (8, 10, 0.490162, 0.943318), (10, 10, 0.72247, 1.0),
    (50, 100, 0.403832, 0.596168),
  ])
  func intervalsAreWilsons(right: Int, count: Int, low: Double, high: Double) {
    let proportion = Proportion(right: right, count: count)
    #expect(abs(proportion.low - low) < 1e-5 && abs(proportion.high - high) < 1e-5)
  }

  @Test func unfitInputIsRefused() {
    for (readings, classes) in [([], []), ([reading(.disk)], []), ([reading(.disk)], [8])] {
      #expect(throws: PeregrineError.self) {
        try ShapesScore(readings: readings, askedClasses: classes)
      }
    }
  }
}
