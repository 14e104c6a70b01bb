import Diagnostics

/// Translates a relative change of the probe between two steps into the relative change of the
/// network's output that TeaCache expects.
///
/// A polynomial means nothing beyond the changes it was fitted to: there it may explode or become
/// negative. With a `range`, changes are clipped to it and results at 0.
///
/// - Departs: the published polynomials have no range and are not clipped; without a range ours are
///   not either.
public struct ChangePolynomial: Equatable, Sendable {
  /// The coefficients, that of the highest power first.
  public let coefficients: [Double]
  /// The changes that it was fitted to, if they are known.
  public let range: ClosedRange<Double>?

  /// Creates a polynomial from its coefficients, that of the highest power first.
  public init(_ coefficients: [Double], range: ClosedRange<Double>? = nil) {
    self.coefficients = coefficients
    self.range = range
  }

  /// The polynomial of ali-vilab/TeaCache for FLUX.1-dev.
  public static let flux = ChangePolynomial([
    498.651651, -283.781631, 55.8554382, -3.82021401, 0.264230861,
  ])

  /// The polynomial of ali-vilab/TeaCache for HunyuanVideo.
  public static let hunyuanVideo = ChangePolynomial([
    733.226126, -401.131952, 67.5869174, -3.149878, 0.0961237896,
  ])

  /// The expected change of the output.
  public func value(at change: Double) -> Double {
    guard let range else { return evaluate(change) }
    return max(evaluate(min(max(change, range.lowerBound), range.upperBound)), 0)
  }

  private func evaluate(_ x: Double) -> Double { coefficients.reduce(0) { $0 * x + $1 } }
}

extension ChangePolynomial {
  /// A change of the probe between two steps, and that of the output, both relative: the mean absolute
  /// change divided by the mean absolute value at the earlier step.
  public struct Pair: Equatable, Sendable {
    /// The change of the probe.
    public var probe: Double
    /// The change of the output.
    public var output: Double

    /// Creates a pair.
    public init(probe: Double, output: Double) {
      self.probe = probe
      self.output = output
    }
  }

  /// Fits a polynomial by least squares to pairs of changes, of some 30 trajectories with every step
  /// full, and keeps the range of their probes.
  ///
  /// Uses polynomials that are orthogonal on the pairs (Forsythe 1957), so no ill-conditioned system of
  /// powers is solved.
  ///
  /// - Throws: ``PeregrineError`` `.unsound` if a change is not finite, or if there are not more
  ///   different changes of the probe than `degree`.
  public static func fitted(to pairs: [Pair], degree: Int = 4) throws -> ChangePolynomial {
    let finite = pairs.filter { $0.probe.isFinite && $0.output.isFinite }
    let different = Set(finite.map(\.probe)).count
    guard finite.count == pairs.count, different > degree, let low = pairs.map(\.probe).min(),
      let high = pairs.map(\.probe).max()
    else {
      throw PeregrineError(
        .unsound, doing: "fitting the polynomial of TeaCache",
        found: "\(different) different changes of the probe in \(finite.count) finite pairs "
          + "of \(pairs.count)",
        expected: "at least \(degree + 1) different ones, and only finite pairs",
        advice: "Sample more pictures or more steps.")
    }
    return ChangePolynomial(leastSquares(pairs, degree: degree), range: low...high)
  }

  /// The coefficients of the best polynomial, that of the highest power first.
  ///
  /// The orthogonal polynomials q_0 = 1, q_(k+1) = (x - a_k) q_k - b_k q_(k-1) are kept as values on
  /// the pairs and as coefficients.
  private static func leastSquares(_ pairs: [Pair], degree: Int) -> [Double] {
    func sum(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let probes = pairs.map(\.probe)
    var residual = pairs.map(\.output)
    var fit = [Double](repeating: 0, count: degree + 1)
    var values = [Double](repeating: 1, count: pairs.count)
    var powers = [1.0] + [Double](repeating: 0, count: degree)
    var earlier = (values: [Double](repeating: 0, count: pairs.count), powers: fit, norm: 1.0)
    for order in 0...degree {
      let norm = sum(values, values)
      let weight = sum(residual, values) / norm
      residual = zip(residual, values).map { $0 - weight * $1 }
      fit = zip(fit, powers).map { $0 + weight * $1 }
      let a = sum(probes, values.map { $0 * $0 }) / norm
      let b = order == 0 ? 0 : norm / earlier.norm
      let nextValues = values.indices.map {
        (probes[$0] - a) * values[$0] - b * earlier.values[$0]
      }
      let nextPowers = powers.indices.map {
        ($0 == 0 ? 0 : powers[$0 - 1]) - a * powers[$0] - b * earlier.powers[$0]
      }
      earlier = (values, powers, norm)
      (values, powers) = (nextValues, nextPowers)
    }
    return fit.reversed()
  }
}
