import Diagnostics

/// Formats progress as one line of text. It never prints.
///
///     var meter = ProgressMeter(total: 100_000, unit: "images", startedAt: 20_000)
///     meter.update(done: 38_400, loss: 0.81, gradientNorm: 0.4)
///     meter.line(width: 100)
///     // ━━━━━━━━──────────────  38 %  38.4 k/100 k images  512 images/s  2 min 00 s left  loss 0.81
public struct ProgressMeter: Sendable {
  /// The total amount.
  public let total: Int
  private let unit: String
  private let now: @Sendable () -> ContinuousClock.Instant

  private var done: Int
  private let start: ContinuousClock.Instant
  private var lastChange: ContinuousClock.Instant
  private var estimate: RateEstimate
  private var lossSum = 0.0
  private var lossWeight = 0.0
  private var gradientNorm: Double?
  private var memoryBytes: Int?

  /// After this many seconds without a change, the line says how long the work has taken so far.
  private static let longestSilence = 9.5
  /// The share of the smoothed loss that each update replaces.
  private static let lossShare = 0.05

  /// Creates a meter.
  ///
  /// - Parameters:
  ///   - total: the total amount.
  ///   - unit: what is counted, in the plural.
  ///   - startedAt: the amount done before a resume.
  ///   - batch: how much is computed at once, although it is reported one by one.
  ///   - now: reads the time; replaced in tests.
  public init(
    total: Int, unit: String, startedAt: Int = 0, batch: Int = 1,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.total = total
    self.unit = unit
    self.now = now
    done = startedAt
    start = now()
    lastChange = start
    estimate = RateEstimate(batch: batch)
  }

  /// Records progress. Values that are `nil` leave the known values unchanged.
  ///
  /// - Parameters:
  ///   - done: the amount done in all, including what was done before a resume.
  ///   - loss: the newest loss; the line shows an average over about twenty updates.
  public mutating func update(
    done: Int, loss: Double? = nil, gradientNorm: Double? = nil, memoryBytes: Int? = nil
  ) {
    if done > self.done {
      lastChange = now()
      self.done = done
      estimate.report(done, at: lastChange)
    }
    if let loss {
      lossSum += Self.lossShare * (loss - lossSum)
      lossWeight += Self.lossShare * (1 - lossWeight)
    }
    self.gradientNorm = gradientNorm ?? self.gradientNorm
    self.memoryBytes = memoryBytes ?? self.memoryBytes
  }

  /// Forgets the time since the last update. Call it after evaluation or a checkpoint.
  public mutating func skipPause() {
    lastChange = now()
    estimate.skipPause(until: lastChange)
  }

  /// The line for a terminal, at most `width` characters: a bar, then as many parts as fit.
  public func line(width: Int) -> String {
    var parts = [percentage, amount]
    for part in details where parts.joined(separator: "  ").count + part.count + 2 <= width - 12 {
      parts.append(part)
    }
    let text = parts.joined(separator: "  ")
    let barWidth = min(30, width - text.count - 2)
    return barWidth >= 5 ? "\(bar(width: barWidth))  \(text)" : String(text.prefix(max(0, width)))
  }

  /// The line for a log: every part, no bar.
  public func plainLine() -> String {
    ([amount + " (\(percentage))"] + details).joined(separator: ", ")
  }

  private var fraction: Double {
    total > 0 ? min(1, max(0, Double(done) / Double(total))) : 1
  }

  /// Rounded down, so that 100 % is shown only when everything is done.
  private var percentage: String { "\(Int(fraction * 100)) %" }

  private var amount: String { "\(Readable.count(done))/\(Readable.count(total)) \(unit)" }

  /// The parts after the amount, the most important first.
  private var details: [String] {
    var parts: [String] = []
    let silence = (now() - lastChange) / .seconds(1)
    if silence >= Self.longestSilence {
      parts.append("\(Readable.duration((now() - start) / .seconds(1))) so far")
    }
    if let rate = estimate.rate {
      parts.append("\(Readable.number(rate, digits: 3)) \(unit)/s")
      if done < total {
        parts.append("\(Readable.duration(Double(total - done) / rate)) left")
      }
    }
    if lossWeight > 0 { parts.append("loss \(Readable.number(lossSum / lossWeight))") }
    if let gradientNorm { parts.append("grad \(Readable.number(gradientNorm, digits: 3))") }
    if let memoryBytes { parts.append(Readable.bytes(memoryBytes)) }
    return parts
  }

  private func bar(width: Int) -> String {
    let filled = Int(fraction * Double(width))
    return String(repeating: "━", count: filled) + String(repeating: "─", count: width - filled)
  }
}
