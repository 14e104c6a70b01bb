import Diagnostics
import Foundation

/// The mean logarithm of costs, where some costs are only known to be larger than what was spent
/// (censored).
///
/// - Source: maximum likelihood of a lognormal distribution, with the log density for observed
///   costs and the log survival probability for censored ones.
public struct CensoredLognormal: Equatable, Sendable {
  /// The mean of `ln T`.
  public let mean: Double
  /// The standard deviation of `ln T`, by maximum likelihood.
  public let deviation: Double
  /// The standard error of the mean, from the observed information, widened by √(n/(n−1)).
  public let standardError: Double
  /// The number of observed costs.
  public let observedCount: Int

  /// Fits observed costs and, for runs that did not reach the target, what they spent.
  ///
  /// - Throws: ``PeregrineError`` `.badData` unless at least two observed costs differ and all
  ///   costs are above 0.
  public init(observed: [Double], notReached: [Double]) throws {
    guard (observed + notReached).allSatisfy({ $0 > 0 && $0.isFinite }),
      observed.contains(where: { $0 != observed[0] })
    else {
      throw PeregrineError(
        .badData, doing: "estimating a cost from runs that did not all reach the target",
        found: "\(observed.count) reached it, at \(observed)",
        expected: "two different costs at least, above 0",
        advice: "Run another seed, or an easier target.")
    }
    let (seen, missed) = (observed.map { log($0) }, notReached.map { log($0) })
    let start = try SampleSummary(seen)
    var fit = Fit(mean: start.mean, logDeviation: log(start.deviation), seen: seen, missed: missed)
    // Newton steps on (mean, ln deviation), halved until the likelihood rises.
    for _ in 0..<200 {
      guard let next = fit.improved() else { break }
      fit = next
    }
    (mean, deviation) = (fit.mean, exp(fit.logDeviation))
    let count = Double(seen.count + missed.count)
    standardError = (fit.varianceOfMean * count / (count - 1)).squareRoot()
    observedCount = seen.count
  }

  /// The mean with its error; the degrees of freedom are those of the observed costs.
  public var estimate: MeanEstimate {
    MeanEstimate(value: mean, standardError: standardError, degrees: Double(observedCount - 1))
  }
}

/// A point in the search for the maximum likelihood.
private struct Fit {
  let mean: Double
  let logDeviation: Double
  let seen: [Double]
  let missed: [Double]

  private var deviation: Double { exp(logDeviation) }

  private var logLikelihood: Double {
    let density = seen.reduce(0) {
      $0 + NormalDistribution.logDensity(($1 - mean) / deviation) - logDeviation
    }
    return missed.reduce(density) {
      $0 + NormalDistribution.logSurvival(($1 - mean) / deviation)
    }
  }

  /// First and second derivatives with respect to the mean and the logarithm of the deviation.
  private var derivatives:
    (mean: Double, width: Double, meanMean: Double, meanWidth: Double, widthWidth: Double)
  {
    var (g, h, gg, gh, hh) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for value in seen {
      let z = (value - mean) / deviation
      g += z / deviation
      h += z * z - 1
      gg -= 1 / (deviation * deviation)
      gh -= 2 * z / deviation
      hh -= 2 * z * z
    }
    for value in missed {
      let z = (value - mean) / deviation
      let hazard = NormalDistribution.hazard(z)
      let bend = hazard * (hazard - z)
      g += hazard / deviation
      h += hazard * z
      gg -= bend / (deviation * deviation)
      gh -= (hazard + z * bend) / deviation
      hh -= z * (hazard + z * bend)
    }
    return (g, h, gg, gh, hh)
  }

  /// The variance of the mean, from the inverse of the observed information.
  var varianceOfMean: Double {
    let d = derivatives
    return -d.widthWidth / (d.meanMean * d.widthWidth - d.meanWidth * d.meanWidth)
  }

  /// A point with a larger likelihood; nil at the maximum.
  func improved() -> Fit? {
    let d = derivatives
    let determinant = d.meanMean * d.widthWidth - d.meanWidth * d.meanWidth
    // Where the likelihood is not concave, step along the gradient.
    let isConcave = d.meanMean < 0 && determinant > 0
    let (byMean, byWidth) =
      isConcave
      ? (
        (-d.mean * d.widthWidth + d.width * d.meanWidth) / determinant,
        (-d.width * d.meanMean + d.mean * d.meanWidth) / determinant
      ) : (d.mean * deviation * deviation, d.width / Double(seen.count))
    let here = logLikelihood
    var share = 1.0
    while share > 1e-12 {
      let next = Fit(
        mean: mean + share * byMean, logDeviation: logDeviation + share * byWidth, seen: seen,
        missed: missed)
      if next.logLikelihood > here { return next }
      share /= 2
    }
    return nil
  }
}
