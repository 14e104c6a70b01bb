import Diagnostics

/// The bias of the Fréchet distance: the expected distance of a perfect generator, which is above 0
/// because the number of pictures is finite.
///
/// The bias depends on the generator, so using equal numbers of pictures does not cancel it. This
/// is its size for a generator without error.
public enum FrechetBias {
  /// The expected distance between `count` pictures and the distribution they were drawn from.
  ///
  /// Σ vᵢ/n + 1/(2(n−1)) · [Σᵢⱼ vᵢvⱼ/(vᵢ+vⱼ) + Σ vᵢ/2], to first order in 1/n. A reference of m
  /// pictures adds the same expression with m.
  /// - Parameters:
  ///   - eigenvalues: the eigenvalues of the covariance, see ``GaussianStatistics/eigenvalues()``;
  ///     negative ones count as zero.
  ///   - count: the number of generated pictures.
  ///   - referenceCount: the number of reference pictures; `nil` for an exact reference.
  /// - Throws: `.usage` for fewer than two pictures.
  /// - Source: first-order expansion for normal features; for unit variances d/n + d(d+1)/(4(n−1)).
  public static func ofPerfectGenerator(
    eigenvalues: [Double], count: Int, referenceCount: Int? = nil
  ) throws -> Double {
    guard min(count, referenceCount ?? count) > 1 else {
      throw PeregrineError(
        .usage, doing: "working out the bias of a Fréchet distance",
        found: "\(min(count, referenceCount ?? count)) pictures", expected: "at least 2")
    }
    let variances = eigenvalues.filter { $0 > 0 }
    let sum = variances.reduce(0, +)
    var means = sum / 2
    for first in variances {
      for second in variances { means += first * second / (first + second) }
    }
    return [count, referenceCount].compactMap { $0 }.reduce(0) { total, size in
      total + sum / Double(size) + means / (2 * Double(size - 1))
    }
  }
}
