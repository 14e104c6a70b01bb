import Diagnostics

/// A bootstrap interval that assumes no distribution. Each replicate has its own standard error,
/// and the distance in standard errors is resampled instead of the estimate (bootstrap-t).
///
/// Percentile intervals of the estimate itself are too narrow for the few seeds that training
/// experiments have.
/// - Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", section 12.5.
public struct StudentizedBootstrap: Equatable, Sendable {
  /// The interval.
  public let interval: ConfidenceInterval
  /// Replicates without an estimate, for example because no seed reached the target.
  public let discarded: Int

  /// Computes the interval by resampling.
  ///
  /// - Parameters:
  ///   - estimate: the estimate from the original data.
  ///   - draws: the number of replicates.
  ///   - seed: the seed of the resampling; the same seed gives the same interval.
  ///   - replicate: an estimate from data resampled by the stream; nil if there is none.
  /// - Throws: ``PeregrineError`` `.badData` when more than half of the replicates have no
  ///   estimate.
  public init(
    of estimate: MeanEstimate, confidence: Double = 0.95, draws: Int = 9_999, seed: UInt64 = 0,
    replicate: (inout RandomStream) throws -> MeanEstimate?
  ) throws {
    var distances: [Double] = []
    for draw in 0..<draws {
      var stream = RandomStream(seed: seed, purpose: "statistics/bootstrap", index: UInt64(draw))
      // A replicate of copies of a single seed has no standard error.
      if let replicate = try replicate(&stream), replicate.standardError > 0 {
        distances.append((replicate.value - estimate.value) / replicate.standardError)
      }
    }
    guard 2 * distances.count > draws else {
      throw PeregrineError(
        .badData, doing: "resampling seeds",
        found: "\(draws - distances.count) of \(draws) replicates without an estimate",
        expected: "less than half", advice: "Run more seeds.")
    }
    distances.sort()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(distances.count - 1)
      let low = Int(place)
      let high = min(low + 1, distances.count - 1)
      return distances[low] + (place - Double(low)) * (distances[high] - distances[low])
    }
    let tail = (1 - confidence) / 2
    interval = ConfidenceInterval(
      low: estimate.value - quantile(1 - tail) * estimate.standardError,
      high: estimate.value - quantile(tail) * estimate.standardError, confidence: confidence)
    discarded = draws - distances.count
  }
}
