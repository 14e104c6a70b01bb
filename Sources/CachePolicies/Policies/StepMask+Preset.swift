extension StepMask {
  /// The masks of cache-dit, from 64 % to 29 % full steps at 28 steps.
  ///
  /// They are made for 28 steps. For more, the lengths of the runs are stretched, which changes the
  /// share of full steps; for 16 to 27, the last runs are shortened; below 16, there are tables of
  /// their own. The last step is always full.
  ///
  /// - Source: vipshop/cache-dit, `steps_mask`; matches fixture `scm_masks`.
  public enum Preset: String, CaseIterable, Sendable {
    /// From the most full steps to the fewest.
    case slow, medium, fast, ultra

    /// For each step whether it is full.
    ///
    /// - Throws: ``PeregrineError`` `.usage` for fewer than 8 steps other than 4 and 6.
    public func mask(steps: Int) throws -> [Bool] {
      try requireSetting(
        steps >= 8 || steps == 4 || steps == 6, "the step mask `\(rawValue)` for",
        "\(steps) steps", expected: "4, 6, 8 or more steps")
      var runs = runs(steps: steps)
      if steps > 28 { runs.stretch(to: steps) }
      runs.shorten(to: steps)
      return runs.mask
    }

    /// The runs of the table that serves the number of steps.
    private func runs(steps: Int) -> Runs {
      let tables: [Preset: Runs]
      switch steps {
      case 4: return Runs([2, 1], [1])
      case 6: return Runs([3, 1], [2])
      case 8:
        tables = [
          .slow: Runs([5, 1, 1], [1]), .medium: Runs([4, 1, 1], [1, 1]),
          .fast: Runs([3, 1, 1], [1, 2]), .ultra: Runs([2, 1, 1], [2, 2]),
        ]
      case 9:
        tables = [
          .slow: Runs([5, 2, 1], [1]), .medium: Runs([5, 1, 1], [1, 1]),
          .fast: Runs([4, 1, 1], [1, 2]), .ultra: Runs([3, 1, 1], [2, 2]),
        ]
      case 10...15:
        tables = [
          .slow: Runs([4, 2, 2, 2, 1], [1, 1, 1, 1]),
          .medium: Runs([4, 2, 1, 1, 1], [1, 1, 2, 2]),
          .fast: Runs([3, 1, 1, 1, 1], [1, 2, 2, 3]),
          .ultra: Runs([2, 1, 1, 1, 1], [1, 2, 3, 3]),
        ]
      default:
        tables = [
          .slow: Runs([8, 3, 3, 2, 1, 1], [1, 2, 2, 2, 3]),
          .medium: Runs([6, 2, 2, 2, 2, 1], [1, 3, 3, 3, 3]),
          .fast: Runs([6, 1, 1, 1, 1, 1], [1, 3, 4, 5, 4]),
          .ultra: Runs([4, 1, 1, 1, 1], [2, 5, 6, 7]),
        ]
      }
      return tables[self] ?? Runs([steps], [])
    }
  }

  /// Alternating runs of full and forecast steps, the first one full.
  private struct Runs {
    var full: [Int]
    var forecast: [Int]

    init(_ full: [Int], _ forecast: [Int]) {
      self.full = full
      self.forecast = forecast
    }

    var steps: Int { (full + forecast).reduce(0, +) }

    /// The mask, with the last step made full.
    var mask: [Bool] {
      var mask: [Bool] = []
      for index in 0..<max(full.count, forecast.count) {
        if index < full.count { mask += Array(repeating: true, count: full[index]) }
        if index < forecast.count { mask += Array(repeating: false, count: forecast[index]) }
      }
      return mask.dropLast() + [true]
    }

    /// Lengthens one run after the other, each by half of its original length times steps / 28,
    /// rounded down but at least 1, and after each round the last full run by 1, until the runs hold
    /// at least `steps` steps.
    mutating func stretch(to steps: Int) {
      let original = self
      let factor = Double(steps) / 28 * 0.5
      func addition(_ length: Int) -> Int { max(Int(Double(length) * factor), 1) }
      while self.steps < steps {
        for index in original.forecast.indices {
          full[index] += addition(original.full[index])
          if self.steps >= steps { return }
          forecast[index] += addition(original.forecast[index])
          if self.steps >= steps { return }
        }
        full[full.count - 1] += 1
      }
    }

    /// Takes single steps off the last forecast run and the last full run in turn.
    mutating func shorten(to steps: Int) {
      while self.steps > steps {
        Self.shorten(&forecast)
        if self.steps > steps { Self.shorten(&full) }
      }
    }

    /// Takes a step off the last run, and the run away if it was its only step.
    private static func shorten(_ runs: inout [Int]) {
      guard let last = runs.popLast(), last > 1 else { return }
      runs.append(last - 1)
    }
  }
}
