/// Smoothing of curves for display.
enum Smoothing {
  /// At each position, the value of the straight line fitted to the window around it, applied three
  /// times.
  ///
  /// Away from the ends this is a centred mean, close to a Gaussian filter, without the lag of a
  /// running average. Near the ends the window does not extend beyond the data; the fitted line
  /// keeps trends there and suppresses noise.
  ///
  /// - Parameter radius: the number of values on each side; 0 changes nothing.
  /// - Complexity: O(count), whatever the radius.
  static func centred(_ values: [Double], radius: Int) -> [Double] {
    guard radius > 0, values.count > 2 else { return values }
    return (0..<3).reduce(values) { current, _ in windowFits(current, radius: radius) }
  }

  private static func windowFits(_ values: [Double], radius: Int) -> [Double] {
    var sums = [0.0]
    var moments = [0.0]
    sums.reserveCapacity(values.count + 1)
    moments.reserveCapacity(values.count + 1)
    for (index, value) in values.enumerated() {
      sums.append(sums[index] + value)
      moments.append(moments[index] + Double(index) * value)
    }
    return values.indices.map { index in
      let start = max(0, min(index - radius, values.count - 2 * radius - 1))
      let end = min(values.count, start + 2 * radius + 1)
      let count = Double(end - start)
      let centre = Double(start + end - 1) / 2
      let sum = sums[end] - sums[start]
      // Σ(i−c)² of `count` consecutive indices is count·(count²−1)/12.
      let spread = count * (count * count - 1) / 12
      let slope = (moments[end] - moments[start] - centre * sum) / spread
      return sum / count + slope * (Double(index) - centre)
    }
  }
}
