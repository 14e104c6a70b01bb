import Race

/// The unit of a cost axis: a divisor that makes the numbers readable, and its name.
struct CostScale {
  let divisor: Double
  let label: String

  /// A scale for costs up to the largest one.
  init(_ unit: CostUnit, upTo largest: Double) {
    switch unit {
    case .images, .evaluations: (divisor, label) = (1, unit.words)
    case .flops:
      let (step, name) = Self.flops(largest)
      (divisor, label) = (step, name)
    case .referenceSeconds, .wallClock:
      let (step, name) = Self.time(largest)
      (divisor, label) = (step, "\(unit.words), \(name)")
    }
  }

  private static func flops(_ largest: Double) -> (Double, String) {
    switch largest {
    case 1e18...: (1e18, "EFLOP")
    case 1e15...: (1e15, "PFLOP")
    case 1e12...: (1e12, "TFLOP")
    case 1e9...: (1e9, "GFLOP")
    default: (1e6, "MFLOP")
    }
  }

  private static func time(_ seconds: Double) -> (Double, String) {
    switch seconds {
    case 7_200...: (3_600, "hours")
    case 180...: (60, "minutes")
    default: (1, "seconds")
    }
  }
}
