import DiffusionMath
import Foundation
import Telemetry

/// What a step of each class takes on the reference machine: blocks of steps, both recipes in turns.
///
/// - Source: the design's section 4.
public struct StepCalibration: Codable, Equatable, Sendable {
  /// Every class of every recipe.
  public var classes: [StepTimes]
  /// Seconds of the fixed work that runs are bracketed with, between these blocks; empty where nothing is
  /// trained.
  public var fixedWork: [Double]
  /// A step's time with the loading of its data over that of one batch again and again, by recipe; missing
  /// where nothing is trained.
  public var inputRatios: [String: Double]?
  /// The reference machine and its software.
  public var environment: EnvironmentRecord

  /// Above this ratio a recipe waits for its data.
  public static let inputBound = 1.02

  /// A measurement.
  public init(
    classes: [StepTimes], fixedWork: [Double], inputRatios: [String: Double]?,
    environment: EnvironmentRecord
  ) {
    (self.classes, self.fixedWork) = (classes, fixedWork)
    (self.inputRatios, self.environment) = (inputRatios, environment)
  }

  /// What the loading of data costs a recipe, in words; nil where nothing loads any.
  public func inputWords(of arm: String) -> String? {
    inputRatios?[arm].map { ratio in
      "\(Verdict.precise(ratio))x with the loading of data"
        + (ratio > Self.inputBound ? ", input-bound" : "")
    }
  }

  /// How many times slower than during these blocks the machine was around a run; 1 where nothing tells.
  public func slowdown(of bracket: SpeedBracket?) -> Double {
    guard let bracket, !fixedWork.isEmpty else { return 1 }
    return bracket.slowdown(against: fixedWork.reduce(0, +) / Double(fixedWork.count))
  }

  /// The classes of a recipe.
  public func classes(of arm: String) -> [StepTimes] { classes.filter { $0.arm == arm } }

  /// Seconds of an image, classes by their shares of a run; NaN for a recipe that was not measured.
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

  /// What it does not hold of the rules, in words; empty when it may be used.
  public func problems(of arms: [ArmPlan], _ rules: CalibrationRules) -> [String] {
    let missing = arms.flatMap { arm in
      arm.classes.filter { planned in
        !classes.contains { $0.arm == arm.name && $0.name == planned.name }
      }.map { "no step time of `\($0.name)` of \(arm.name)" }
    }
    guard missing.isEmpty else { return missing }
    return classes.flatMap { $0.problems(rules) } + disorder(of: arms)
  }

  /// Classes whose time is far from what their arithmetic says, beside the others: a slipped digit sells
  /// its steps at a tenth.
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

/// How long the steps of one class took.
public struct StepTimes: Codable, Equatable, Sendable {
  /// The recipe, and the class within it.
  public var arm, name: String
  /// The mean seconds of a step in each block.
  public var blocks: [Double]

  /// Times of a class.
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
