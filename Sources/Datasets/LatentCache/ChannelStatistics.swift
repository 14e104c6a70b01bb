/// Mean and standard deviation of every channel, accumulated part by part.
///
/// - Source: Chan, Golub, LeVeque 1979, for merging parts without cancellation.
public struct ChannelStatistics: Sendable, Codable, Equatable {
  /// The number of values accumulated per channel.
  public private(set) var count = 0
  /// The mean of each channel.
  public private(set) var mean: [Double]
  /// The sum of squared deviations from the mean, for each channel.
  public private(set) var squaredDeviations: [Double]

  /// Creates empty statistics.
  init(channels: Int) {
    mean = Array(repeating: 0, count: channels)
    squaredDeviations = mean
  }

  /// The statistics of items of shape `[channels, …]`, one after the other.
  init(_ values: [Float], channels: Int, plane: Int) {
    self.init(channels: channels)
    let items = values.count / (channels * plane)
    guard items > 0 else { return }
    count = items * plane
    values.withUnsafeBufferPointer { values in
      for channel in 0..<channels {
        var sum = 0.0
        for item in 0..<items {
          let start = (item * channels + channel) * plane
          for position in start..<(start + plane) { sum += Double(values[position]) }
        }
        let average = sum / Double(count)
        var squares = 0.0
        for item in 0..<items {
          let start = (item * channels + channel) * plane
          for position in start..<(start + plane) {
            let deviation = Double(values[position]) - average
            squares += deviation * deviation
          }
        }
        mean[channel] = average
        squaredDeviations[channel] = squares
      }
    }
  }

  /// The standard deviation of each channel over all its values (divisor n).
  public var standardDeviation: [Double] {
    squaredDeviations.map { ($0 / Double(max(count, 1))).squareRoot() }
  }

  /// The number of channels; 0 when the parts are inconsistent.
  var channels: Int { mean.count == squaredDeviations.count ? mean.count : 0 }

  /// Adds another part.
  mutating func merge(_ other: ChannelStatistics) {
    let total = count + other.count
    guard other.count > 0 else { return }
    let share = Double(other.count) / Double(total)
    for channel in mean.indices {
      let step = other.mean[channel] - mean[channel]
      mean[channel] += step * share
      squaredDeviations[channel] +=
        other.squaredDeviations[channel] + step * step * Double(count) * share
    }
    count = total
  }

  /// Whether both have the same values up to rounding.
  func agrees(with other: ChannelStatistics) -> Bool {
    func close(_ pair: (Double, Double)) -> Bool {
      abs(pair.0 - pair.1) <= 1e-6 * max(1, abs(pair.0), abs(pair.1))
    }
    return count == other.count && zip(mean, other.mean).allSatisfy(close)
      && zip(standardDeviation, other.standardDeviation).allSatisfy(close)
  }
}
