import DiffusionMath
import Foundation
import Telemetry

/// The step time of each class on the reference machine, measured in interleaved blocks of steps of
/// both recipes; see ``CalibrationRules``.
public struct StepCalibration: Codable, Equatable, Sendable {
  /// Every class of every recipe.
  public var classes: [StepTimes]
  /// Seconds of the fixed piece of work, measured between these blocks; empty if nothing is trained.
  /// The same work is timed around each run.
  public var fixedWork: [Double]
  /// The time of a step that loads its data, divided by that of a step on one repeated batch, by
  /// recipe; missing if nothing is trained.
  public var inputRatios: [String: Double]?
  /// The reference machine and its software.
  public var environment: EnvironmentRecord

  /// A recipe with a ratio above this waits for its data.
  public static let inputBound = 1.02

  /// Creates a calibration from measurements.
  public init(
    classes: [StepTimes], fixedWork: [Double], inputRatios: [String: Double]?,
    environment: EnvironmentRecord
  ) {
    (self.classes, self.fixedWork) = (classes, fixedWork)
    (self.inputRatios, self.environment) = (inputRatios, environment)
  }

  /// The cost of loading data for a recipe, in words; nil if no data is loaded.
  public func inputWords(of arm: String) -> String? {
    inputRatios?[arm].map { ratio in
      "\(Verdict.precise(ratio))x with the loading of data"
        + (ratio > Self.inputBound ? ", input-bound" : "")
    }
  }

  /// How much slower the machine was around a run than during these blocks; 1 if unknown.
  public func slowdown(of bracket: SpeedBracket?) -> Double {
    guard let bracket, !fixedWork.isEmpty else { return 1 }
    return bracket.slowdown(against: fixedWork.reduce(0, +) / Double(fixedWork.count))
  }

  /// The classes of a recipe.
  public func classes(of arm: String) -> [StepTimes] { classes.filter { $0.arm == arm } }

  /// Seconds per image, with the classes weighted by their shares of a run; NaN for a recipe that
  /// was not measured.
  public func secondsPerImage(of arm: ArmPlan) -> Double {
    secondsPerImage(of: arm) { $0.seconds }
  }

  /// `ln(t of one / t of the other)`, block by block, with its error.
  public func logRatio(of arm: ArmPlan, to other: ArmPlan) throws -> MeanEstimate {
    let counts = (classes(of: arm.name) + classes(of: other.name)).map(\.blocks.count)
    return try MeanEstimate(
      of: (0..<(counts.min() ?? 0)).map { block in
        log(
          secondsPerImage(of: arm) { $0.blocks[block] }
            / secondsPerImage(of: other) { $0.blocks[block] })
      })
  }

  private func secondsPerImage(of arm: ArmPlan, _ seconds: (StepTimes) -> Double) -> Double {
    arm.classes.reduce(0) { sum, planned in
      guard let times = classes.first(where: { $0.arm == arm.name && $0.name == planned.name })
      else { return .nan }
      return sum + planned.share * seconds(times) / Double(arm.batch)
    }
  }

  /// Violations of the rules, in words; empty when the calibration may be used.
  public func problems(of arms: [ArmPlan], _ rules: CalibrationRules) -> [String] {
    let missing = arms.flatMap { arm in
      arm.classes.filter { planned in
        !classes.contains { $0.arm == arm.name && $0.name == planned.name }
      }.map { "no step time of `\($0.name)` of \(arm.name)" }
    }
    guard missing.isEmpty else { return missing }
    return classes.flatMap { $0.problems(rules) } + disorder(of: arms)
  }

  /// Classes whose FLOPs per second differ too much from those of the others. This catches typing
  /// errors, such as a step time that is ten times too small.
  private func disorder(of arms: [ArmPlan]) -> [String] {
    let rates = arms.flatMap { arm in
      arm.classes.compactMap { planned -> (name: String, rate: Double)? in
        let times = classes.first { $0.arm == arm.name && $0.name == planned.name }
        return times.map {
          (
            "`\(planned.name)` of \(arm.name)",
            planned.flopsPerImage * Double(arm.batch) / $0.seconds
          )
        }
      }
    }
    guard let slowest = rates.min(by: { $0.rate < $1.rate }),
      let fastest = rates.max(by: { $0.rate < $1.rate }), fastest.rate > 3 * slowest.rate
    else { return [] }
    return ["\(fastest.name) does more than 3 times the arithmetic per second of \(slowest.name)"]
  }
}

/// The step times of one class.
public struct StepTimes: Codable, Equatable, Sendable {
  /// The recipe, and the class within it.
  public var arm, name: String
  /// The mean seconds per step in each block.
  public var blocks: [Double]

  /// Creates the times of a class.
  public init(arm: String, name: String, blocks: [Double]) {
    (self.arm, self.name, self.blocks) = (arm, name, blocks)
  }

  /// The mean over blocks.
  public var seconds: Double { blocks.reduce(0, +) / Double(blocks.count) }

  /// The standard error of the mean, relative to it.
  public var relativeError: Double {
    guard let mean = try? MeanEstimate(of: blocks) else { return .infinity }
    return mean.standardError / mean.value
  }

  /// The difference of the last three blocks from the first three, relative to the mean.
  public var drift: Double {
    func mean(_ part: ArraySlice<Double>) -> Double { part.reduce(0, +) / Double(part.count) }
    return (mean(blocks.suffix(3)) - mean(blocks.prefix(3))) / seconds
  }

  /// The smallest relative error that the mean can still get when `blocks` are measured, whatever
  /// the missing ones take.
  ///
  /// With `r` missing blocks of one time, larger than the mean so far by `y`, the squares sum up to
  /// `A + By²` and the mean is `(C + ry) / n`; the error is least at `y = rA / BC`.
  public func leastRelativeError(of planned: Int) -> Double {
    let (measured, missing) = (Double(blocks.count), Double(planned - blocks.count))
    guard missing > 0, measured > 1 else { return measured > 1 ? relativeError : 0 }
    let total = measured + missing
    let squares = blocks.reduce(0) { $0 + ($1 - seconds) * ($1 - seconds) }
    let (weight, sum) = (measured * missing / total, total * seconds)
    let excess = missing * squares / (weight * sum)
    let best = (squares + weight * excess * excess) / (total * (total - 1))
    return total * best.squareRoot() / (sum + missing * excess)
  }

  /// Why these first blocks cannot satisfy the rules any more, in words; nil while they can.
  public func certainProblem(_ rules: CalibrationRules) -> String? {
    let least = leastRelativeError(of: rules.blocks)
    guard least > rules.tolerance else { return nil }
    return "the step time of `\(name)` of \(arm) has an error of at least "
      + "\(Verdict.percent(least)) after \(blocks.count) of \(rules.blocks) blocks, "
      + "above \(Verdict.percent(rules.tolerance))"
  }

  func problems(_ rules: CalibrationRules) -> [String] {
    let title = "`\(name)` of \(arm)"
    var problems: [String] = []
    if !(relativeError <= rules.tolerance) {
      problems.append(
        "the step time of \(title) has an error of \(Verdict.percent(relativeError)), "
          + "above \(Verdict.percent(rules.tolerance))")
    }
    if !(abs(drift) <= rules.drift) {
      problems.append(
        "the step time of \(title) drifted by \(Verdict.percent(abs(drift))), "
          + "above \(Verdict.percent(rules.drift))")
    }
    return problems
  }
}
