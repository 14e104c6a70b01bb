import Diagnostics

/// Running sums for the next log line: loss terms, gradient norm, loss per time bin.
struct LossWindow: Codable, Equatable, Sendable, CheckedRecord {
  /// The number of equal bins of [0, 1].
  static let binCount = 10

  private(set) var steps = 0
  private var terms: [String: Double] = [:]
  private var gradientNorm = 0.0
  private var binSums = [Double](repeating: 0, count: binCount)
  private var binCounts = [Int](repeating: 0, count: binCount)

  /// Adds one step.
  mutating func add(_ step: StepRecord) {
    steps += 1
    gradientNorm += step.gradientNorm
    for (name, value) in step.terms { terms[name, default: 0] += value }
    for (time, loss) in zip(step.times, step.perImage) { add(loss, at: time) }
  }

  /// Adds the loss of one image to its time bin.
  mutating func add(_ loss: Double, at time: Double) {
    let bin = Int(min(max(0, time * Double(Self.binCount)), Double(Self.binCount - 1)))
    binSums[bin] += loss
    binCounts[bin] += 1
  }

  func check() throws(RecordFlaw) {
    try Bounds.images.check(steps, "steps")
    for (name, bins) in [("binSums", binSums.count), ("binCounts", binCounts.count)]
    where bins != Self.binCount {
      throw RecordFlaw(name, found: "\(bins) bins", expected: "\(Self.binCount)")
    }
    for count in binCounts { try Bounds.images.check(count, "binCounts") }
  }

  /// The mean of each term.
  var meanTerms: [String: Double] { terms.mapValues { $0 / Double(max(steps, 1)) } }
  /// The mean gradient norm before clipping.
  var meanGradientNorm: Double { gradientNorm / Double(max(steps, 1)) }
  /// The mean loss per time bin; `nil` for a bin without images.
  var meanBins: [Double?] {
    zip(binSums, binCounts).map { $1 == 0 ? nil : $0 / Double($1) }
  }
  /// The mean loss over all images.
  var meanLoss: Double {
    binSums.reduce(0, +) / Double(max(binCounts.reduce(0, +), 1))
  }
}
