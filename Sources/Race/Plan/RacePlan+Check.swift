import Diagnostics

extension RacePlan: CheckedRecord {
  /// Checks a plan as a whole: its experiment, that its recipes are those of the experiment, their
  /// step times, and the length of every run.
  public func check() throws(RecordFlaw) {
    do {
      try experiment.check("plan")
    } catch let error as PeregrineError {
      throw RecordFlaw("experiment", found: error.found, expected: error.expected)
    } catch {
      throw RecordFlaw("experiment", found: "\(error)")
    }
    let names = (planned: arms.map(\.name), asked: experiment.arms.map(\.name))
    guard names.planned == names.asked else {
      throw RecordFlaw(
        "arms", found: names.planned.isEmpty ? "none" : names.planned.joined(separator: ", "),
        expected: names.asked.joined(separator: ", "))
    }
    for arm in arms {
      do { try arm.check() } catch { throw error.inside("arms.\(arm.name)") }
    }
    try calibration.check(arms)
    for run in runs + trials { try Bounds.images.from(1).check(run.images, "runs.images") }
  }
}

extension StepCalibration {
  /// Checks the step times of a plan's recipes.
  fileprivate func check(_ arms: [ArmPlan]) throws(RecordFlaw) {
    for times in classes {
      let place = "calibration.classes.\(times.arm)"
      try Bounds(1...100_000).check(times.blocks.count, place)
      for seconds in times.blocks { try Bounds.seconds.above.check(seconds, place) }
    }
    for arm in arms {
      for part in arm.classes
      where !classes.contains(where: { $0.arm == arm.name && $0.name == part.name }) {
        throw RecordFlaw(
          "calibration.classes", found: "no step time of `\(part.name)` of \(arm.name)",
          expected: "one")
      }
    }
    for seconds in fixedWork { try Bounds.seconds.above.check(seconds, "calibration.fixedWork") }
    for ratio in (inputRatios ?? [:]).values {
      try Bounds.amount.check(ratio, "calibration.inputRatios")
    }
  }
}
