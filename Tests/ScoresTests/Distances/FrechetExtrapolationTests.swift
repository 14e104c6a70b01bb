import Diagnostics
import Scores
import Tensors
import Testing

struct FrechetExtrapolationTests {
  private static let width = 8

  private func reference() throws -> FrechetReference {
    try FrechetReference(
      GaussianStatistics(of: normalFeatures(4_000, width: Self.width, seed: 31)))
  }

  /// A shift of 0.3 in every column: the distance is 8 · 0.09 but for the reference's own sampling.
  @Test func removesTheBiasOfFewPictures() throws {
    let reference = try reference()
    let generated = try normalFeatures(600, width: Self.width, shift: 0.3, seed: 32)
    let fit = try FrechetExtrapolation(
      generated: generated, reference: reference, smallest: 60, seed: 7)
    let plain = try reference.distance(to: GaussianStatistics(of: generated)).value
    print("FD \(plain), extrapolated \(fit.value), slope \(fit.slope), R² \(fit.rSquared)")
    #expect(fit.points.map(\.count).first == 60 && fit.points.map(\.count).last == 600)
    #expect(fit.points.count == 15 && fit.shuffleCount == 20)
    // Every order ends with all pictures.
    let last = try #require(fit.points.last)
    #expect(relativeError(last.value, plain) < 1e-12)
    let bias = try FrechetBias.ofPerfectGenerator(
      eigenvalues: .init(repeating: 1, count: Self.width), count: 600)
    #expect(relativeError(fit.slope / 600, bias) < 0.25)
    #expect(relativeError(plain - fit.value, bias) < 0.25)
    #expect(fit.rSquared > 0.98 && fit.deviationOverShuffles > 0)
    let again = try FrechetExtrapolation(
      generated: generated, reference: reference, smallest: 60, seed: 7)
    #expect(again == fit)
  }

  /// Of three sizes the line through the points is worked out by hand.
  @Test func theLineIsOfLeastSquares() throws {
    let fit = try FrechetExtrapolation(
      generated: normalFeatures(200, width: Self.width, seed: 33), reference: reference(),
      smallest: 50, sizeCount: 4, shuffleCount: 2, seed: 1, allowingCurvature: true)
    #expect(fit.points.map(\.count) == [50, 100, 150, 200])
    let residuals = fit.points.map { $0.value - fit.value - fit.slope / Double($0.count) }
    #expect(abs(residuals.reduce(0, +)) < 1e-12)
    let slopes = zip(residuals, fit.points).reduce(0) { $0 + $1.0 / Double($1.1.count) }
    #expect(abs(slopes) < 1e-12)
    let mean = fit.points.reduce(0) { $0 + $1.value } / 4
    let total = fit.points.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
    let left = residuals.reduce(0) { $0 + $1 * $1 }
    #expect(abs(fit.rSquared - (1 - left / total)) < 1e-9)
  }

  /// Subsets near all pictures differ by chance alone: no line.
  @Test func aFitThatIsNoLineIsRefusedUnlessAllowed() throws {
    let generated = try normalFeatures(200, width: Self.width, seed: 34)
    func fit(allowing: Bool) throws -> FrechetExtrapolation {
      try FrechetExtrapolation(
        generated: generated, reference: reference(), smallest: 185, shuffleCount: 1, seed: 1,
        allowingCurvature: allowing)
    }
    let error = #expect(throws: PeregrineError.self) { try fit(allowing: false) }
    #expect(error?.code == .unsound && error?.found.contains("of the variance") == true)
    #expect(try fit(allowing: true).rSquared <= 0.98)
  }

  @Test func unfitSizesAreRefused() throws {
    let reference = try reference()
    let generated = try normalFeatures(60, width: Self.width, seed: 35)
    for (smallest, sizes, shuffles) in [
      (60, 15, 2), (5_000, 15, 2), (1, 15, 2), (20, 2, 2), (47, 15, 2), (20, 5, 0),
    ] {
      let error = #expect(throws: PeregrineError.self) {
        try FrechetExtrapolation(
          generated: generated, reference: reference, smallest: smallest, sizeCount: sizes,
          shuffleCount: shuffles, seed: 0)
      }
      #expect(error?.code == .usage)
    }
    // Subsets of fewer pictures than twice the width.
    let error = #expect(throws: PeregrineError.self) {
      try FrechetExtrapolation(
        generated: generated, reference: reference, smallest: 15, shuffleCount: 1, seed: 0)
    }
    #expect(error?.found.contains("15 pictures") == true)
  }
}
