import Diagnostics

/// A straight line fitted by least squares.
public struct LinearFit: Equatable, Sendable {
  /// The value of the line at 0.
  public let intercept: Double
  /// The slope.
  public let slope: Double
  /// The share of the variance that the line explains (R²); 1 if all values are equal.
  public let rSquared: Double
  /// The standard error of the slope, for independent errors of equal size; 0 through two points.
  public let slopeError: Double

  /// Fits values `y` at positions `x`.
  ///
  /// - Throws: ``PeregrineError`` `.badData` unless `x` and `y` have equal lengths and `x` has at
  ///   least two different values.
  public init(x: [Double], y: [Double]) throws {
    guard x.count == y.count, let first = x.first, x.contains(where: { $0 != first }) else {
      throw PeregrineError(
        .badData, doing: "fitting a line", found: "\(y.count) values at \(x.count) places",
        expected: "a value for each place, and two different places at least")
    }
    let count = Double(x.count)
    let (middle, mean) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    var (xx, xy, yy) = (0.0, 0.0, 0.0)
    for (x, y) in zip(x, y) {
      xx += (x - middle) * (x - middle)
      xy += (x - middle) * (y - mean)
      yy += (y - mean) * (y - mean)
    }
    slope = xy / xx
    intercept = mean - slope * middle
    rSquared = yy > 0 ? xy * xy / (xx * yy) : 1
    let residual = max(0, yy - slope * xy)
    slopeError = x.count > 2 ? (residual / (count - 2) / xx).squareRoot() : 0
  }
}
