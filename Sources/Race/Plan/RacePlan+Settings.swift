import FileAccess
import Foundation
import RunFiles

extension RacePlan {
  /// The settings of a run on top of the race's recipe, as `section.key=value`.
  ///
  /// - Parameter value: the value of the tuned key.
  public func settings(of run: PlannedRun, value: Double) -> [String] {
    let arm = experiment.arms.first { $0.name == run.arm }
    return experiment.settings + (arm?.settings ?? [])
      + Self.assignments(schedule(of: run)) + ["\(experiment.tuning.key)=\(value)"]
      + (arm?.shares ?? [:]).sorted { $0.key < $1.key }.map {
        "\($0.key)=\(Int(($0.value * Double(run.images)).rounded()))"
      }
  }

  /// The settings that follow from a run's length and seed, by key.
  public func schedule(of run: PlannedRun) -> [String: String] {
    guard let schedule = experiment.schedule else { return drawing(of: run) }
    let batch = Double(arm(run.arm).batch)
    let images = Double(run.images)
    func count(_ share: Double) -> String { "\(Int((share * images).rounded()))" }
    /// At least this many images, in whole batches.
    func batches(_ share: Double) -> String {
      "\(Int(max(1, (share * images / batch).rounded()) * batch))"
    }
    return [
      "training.images": "\(run.images)",
      "training.seed": "\(run.seed)",
      "optimizer.warmup_images": count(schedule.warmUp),
      "optimizer.cooldown_images": count(schedule.coolDown),
      "optimizer.ema_decay": "\(1 - batch / (schedule.average * images))",
      "optimizer.ema_warmup": "false",
      "schedule.log_every_images": batches(0.025),
      "schedule.validate_every_images": "\(run.images)",
      "schedule.preview_every_images": "0",
      "schedule.evaluate_every_images": "0",
      "schedule.checkpoint_every_images": batches(0.25),
      "schedule.keep_checkpoints": "1",
    ]
  }

  /// The settings that follow from a sampler's budget and seed, by key.
  private func drawing(of run: PlannedRun) -> [String: String] {
    let arm = self.arm(run.arm)
    // A frozen plan keeps the names of its day: they name the folders of its runs.
    let former = "evaluation.steps"
    let steps = arm.values[former] == nil ? FormerKeys.current(former) : former
    return [
      steps: "\((run.images + (arm.spare ?? 0)) / arm.batch)",
      "evaluation.seed": "\(run.seed)",
    ]
  }

  /// The name of a run's folder, which other races with the same run share.
  public func folderName(of run: PlannedRun, value: Double) -> String {
    let text = (arm(run.arm).assignments + settings(of: run, value: value))
      .joined(separator: "\n")
    return "\(run.arm)-\(run.images)-s\(run.seed)-\(sha256(of: Data(text.utf8)).prefix(8))"
  }

  private static func assignments(_ values: [String: String]) -> [String] {
    values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }
}
