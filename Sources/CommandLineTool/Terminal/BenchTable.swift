import Bench
import Diagnostics
import DiffusionMath
import Tensors

/// The text output of benchmarks.
enum BenchTable {
  /// A line about the progress of a benchmark.
  static func line(_ event: InterleavedRun.Event) -> String {
    switch event {
    case .starting(let name): "starting \(name)"
    case .warmingUp(let name): "warming up \(name)"
    case .turn(let round, let rounds, let contender, let seconds):
      "round \(round + 1)/\(rounds): \(contender) \(Readable.number(seconds * 1_000, digits: 3)) ms a step"
    }
  }

  /// The result of a benchmark of steps.
  static func lines(_ record: StepBenchRecord) -> [String] {
    let titles = ["", "ms a step", "images/s", "peak memory"]
    let rows = record.timings.map { timing in
      [
        timing.contender, Readable.number(timing.secondsPerStep * 1_000, digits: 4),
        Readable.number(Double(record.images) / timing.secondsPerStep, digits: 4),
        timing.peakMemoryBytes.map(Readable.bytes) ?? "unknown",
      ]
    }
    return table([titles] + rows) + [""] + facts(record)
  }

  /// The result of a benchmark of kernels.
  static func lines(_ record: KernelBenchRecord) -> [String] {
    let titles = ["with gradients", "ms", "of peak", "libtorch ms", "ratio"]
    let rows = record.kernels.map { kernel in
      [
        kernel.kernel, Readable.number(kernel.timings[0].secondsPerStep * 1_000, digits: 3),
        kernel.flopsPerSecond.flatMap {
          record.peak.flopsPerSecond > 0 ? percent($0 / record.peak.flopsPerSecond) : nil
        } ?? "",
        kernel.timings.count > 1
          ? Readable.number(kernel.timings[1].secondsPerStep * 1_000, digits: 3) : "",
        ratio(kernel.ratio, kernel.interval),
      ]
    }
    var facts: [String] = []
    if record.ratio != nil {
      facts.append("one of each: \(ratio(record.ratio, record.interval)) times as fast as libtorch")
    }
    if let share = record.peakShare, let instructions = record.instructions {
      facts.append(
        "products at \(percent(share)) of the peak of \(instructions), "
          + peak(record.peak, threads: record.threads))
    }
    return table([titles] + rows) + [""] + facts
  }

  private static func ratio(_ value: Double?, _ interval: ConfidenceInterval?) -> String {
    guard let value, let interval else { return "" }
    return "\(Readable.number(value, digits: 3)) [\(Readable.number(interval.low, digits: 3)), "
      + "\(Readable.number(interval.high, digits: 3))]"
  }

  private static func percent(_ share: Double) -> String {
    "\(Readable.number(share * 100, digits: 3)) %"
  }

  private static func peak(_ peak: ProcessorPeak, threads: Int) -> String {
    "\(Readable.quantity(peak.flopsPerSecond, "FLOP/s")) on \(threads) threads; memory "
      + Readable.quantity(peak.bytesPerSecond, "B/s")
  }

  private static func facts(_ record: StepBenchRecord) -> [String] {
    var facts: [String] = []
    if let ratio = record.ratio, let interval = record.interval, let best = record.bestOpponent {
      facts.append(
        "\(Self.ratio(ratio, interval)) times as fast as \(best), "
          + "with \(percent(interval.confidence)) confidence")
    }
    if let ideal = record.idealRatio, let share = record.idealShare {
      facts.append(
        "\(Readable.number(ideal, digits: 3)) times by arithmetic, of which "
          + "\(percent(share)) were reached")
    }
    if let share = record.peakShare, let instructions = record.instructions {
      facts.append(
        "\(percent(share)) of the peak of \(instructions), "
          + peak(record.peak, threads: record.threads))
    }
    return facts
  }

  private static func table(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
  }
}
