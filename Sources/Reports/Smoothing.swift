/// Smoothing of curves for the eye.
enum Smoothing {
  /// The mean of a window centred at each value, three times over: close to a Gaussian, without the
  /// lag of a running average. At the ends the window is what is left of it.
  ///
  /// - Parameter radius: values to each side; 0 changes nothing.
  static func centred(_ values: [Double], radius: Int) -> [Double] {
    guard radius > 0, values.count > 2 else { return values }
    return (0..<3).reduce(values) { current, _ in windowMeans(current, radius: radius) }
  }

  private static func windowMeans(_ values: [Double], radius: Int) -> [Double] {
    var sums = [0.0]
    sums.reserveCapacity(values.count + 1)
    for value in values { sums.append(sums[sums.count - 1] + value) }
    return values.indices.map { index in
      // The window shrinks on both sides alike, so that a straight line stays straight.
      let reach = min(radius, index, values.count - 1 - index)
      return (sums[index + reach + 1] - sums[index - reach]) / Double(2 * reach + 1)
    }
  }
}
