import Diagnostics

/// An interval from resampled data that assumes no distribution, with errors of each replicate:
/// what is resampled is the distance in standard errors, not the estimate.
///
/// Percentile intervals of the estimate itself are too narrow for the few seeds that trainings
/// have.
/// - Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", section 12.5.
public struct StudentizedBootstrap: Equatable, Sendable {
  /// The interval.
  public let interval: ConfidenceInterval
  /// Replicates that gave no estimate, for example because no seed reached the target.
  public let discarded: Int

  /// Resamples.
  ///
  /// - Parameters:
  ///   - estimate: of the data as they are.
  ///   - draws: how many replicates.
  ///   - seed: of the draws; the same seed gives the same interval.
  ///   - replicate: an estimate of data resampled by the stream; nil where there is none.
  /// - Throws: ``PeregrineError`` `.badData` when more than half of the replicates gave no
  ///   estimate.
  public init(
    of estimate: MeanEstimate, confidence: Double = 0.95, draws: Int = 9_999, seed: UInt64 = 0,
    replicate: (inout RandomStream) throws -> MeanEstimate?
  ) throws {
    var distances: [Double] = []
    for draw in 0..<draws {
      var stream = RandomStream(seed: seed, purpose: "statistics/bootstrap", index: UInt64(draw))
      // A replicate of copies of one seed has no error to measure by.
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
