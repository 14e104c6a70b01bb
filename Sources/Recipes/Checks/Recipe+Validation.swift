import Diagnostics
import Models

extension Recipe {
  /// A key with its value, whether that is in range, and what is.
  typealias Rule = (key: String, value: Any, holds: Bool, expected: String)

  /// Checks what types cannot say.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the first key out of range.
  func validate() throws {
    let micro = training.microBatchSize
    let rules: [Rule] = [
      ("training.images", training.images, training.images > 0, "at least 1"),
      (
        "training.global_batch_size", training.globalBatchSize, training.globalBatchSize > 0,
        "at least 1"
      ),
      (
        "training.micro_batch_size", micro,
        micro >= 0 && (micro == 0 || training.globalBatchSize % micro == 0),
        "0, or a divisor of the global batch size \(training.globalBatchSize)"
      ),
      (
        "training.least_step_seconds", training.leastStepSeconds,
        training.leastStepSeconds >= 0 && training.leastStepSeconds.isFinite, "0 or more"
      ),
      ("training.threads", training.threads, training.threads >= 0, "0 or more"),
      ("data.size", data.size, data.size >= 0, "0 or more"),
      ("data.workers", data.workers, data.workers > 0, "at least 1"),
      ("data.validation_count", data.validationCount, data.validationCount >= 0, "0 or more"),
      (
        "objective.label_drop", objective.labelDrop, (0...1).contains(objective.labelDrop),
        "a probability"
      ),
      (
        "objective.direction_weight", objective.directionWeight, objective.directionWeight >= 0,
        "0 or more"
      ),
      ("objective.noise_scale", objective.noiseScale, objective.noiseScale > 0, "above 0"),
      (
        "objective.noise_candidates", objective.noiseCandidates, objective.noiseCandidates > 0,
        "at least 1"
      ),
      ("alignment.weight", alignment.weight, alignment.weight >= 0, "0 or more"),
      ("alignment.stop_images", alignment.stopImages, alignment.stopImages >= 0, "0 or more"),
      ("class_token.weight", classToken.weight, classToken.weight >= 0, "0 or more"),
      ("contrastive.weight", contrastive.weight, contrastive.weight >= 0, "0 or more"),
      (
        "contrastive.group_images", contrastive.groupImages, contrastive.groupImages >= 0,
        "0 or more"
      ),
      ("model.mlp_ratio", model.mlpRatio, model.mlpRatio > 0, "above 0"),
      ("model.mlp_ratio_last", model.mlpRatioLast, model.mlpRatioLast > 0, "above 0"),
      ("routing.rate", routing.rate, (0..<1).contains(routing.rate), "from 0 to below 1"),
      ("routing.path_drop", routing.pathDrop, (0...1).contains(routing.pathDrop), "a probability"),
      ("objective.floor", objective.floor, (0..<1).contains(objective.floor), "from 0 to below 1"),
      (
        "objective.time_deviation", objective.timeDeviation, objective.timeDeviation > 0, "above 0"
      ),
      ("objective.time_shift", objective.timeShift, objective.timeShift > 0, "above 0"),
      (
        "optimizer.learning_rate", optimizer.learningRate,
        optimizer.learningRate >= 0 && optimizer.learningRate.isFinite, "0 or more"
      ),
      (
        "optimizer.learning_rate", optimizer.learningRate,
        optimizer.method != .muon || optimizer.learningRate > 0, "above 0 with Muon"
      ),
      (
        "optimizer.muon_learning_rate", optimizer.muonLearningRate,
        optimizer.muonLearningRate >= 0 && optimizer.muonLearningRate.isFinite, "0 or more"
      ),
      (
        "optimizer.muon_momentum", optimizer.muonMomentum,
        (0..<1).contains(optimizer.muonMomentum), "from 0 to below 1"
      ),
      ("optimizer.beta1", optimizer.beta1, (0..<1).contains(optimizer.beta1), "from 0 to below 1"),
      ("optimizer.beta2", optimizer.beta2, (0..<1).contains(optimizer.beta2), "from 0 to below 1"),
      (
        "optimizer.ema_decay", optimizer.emaDecay, (0...1).contains(optimizer.emaDecay),
        "from 0 to 1"
      ),
      (
        "optimizer.gradient_clip", optimizer.gradientClip, optimizer.gradientClip >= 0, "0 or more"
      ),
      (
        "schedule.log_every_images", schedule.logEveryImages, schedule.logEveryImages > 0, "above 0"
      ),
      (
        "schedule.snapshot_every_images", schedule.snapshotEveryImages,
        schedule.snapshotEveryImages > 0 || optimizer.emaProfiles.isEmpty,
        "above 0, because `optimizer.ema_profiles` is set"
      ),
      (
        "schedule.keep_checkpoints", schedule.keepCheckpoints, schedule.keepCheckpoints > 0,
        "at least 1"
      ),
      (
        "evaluation.against", evaluation.against,
        schedule.evaluateEveryImages == 0 || !evaluation.against.isEmpty,
        "a reference, because `schedule.evaluate_every_images` is set"
      ),
      ("evaluation.count", evaluation.count, evaluation.count > 0, "at least 1"),
      ("evaluation.block_size", evaluation.blockSize, evaluation.blockSize >= 0, "0 or more"),
      ("preview.count", preview.count, preview.count > 0, "at least 1"),
    ]
    let samplers =
      preview.sampler.rules(at: "preview.sampler")
      + evaluation.sampler.rules(at: "evaluation.sampler")
    for (key, value, holds, expected) in rules + samplers where !holds {
      throw PeregrineError(
        .usage, doing: "checking the recipe", found: "`\(key): \(value)`", expected: expected)
    }
    try checkCompatibility()
    try checkAverages()
    try requireNoDecayOfFixedMagnitudes()
    // Converting a clean or noise prediction divides by a weight that is 0 at one end of the path; a
    // sampler converts a noise prediction at the end where it is.
    let divides = objective.prediction == .clean && objective.loss != .clean
    guard objective.floor > 0 || !(divides || objective.prediction == .noise) else {
      throw PeregrineError(
        .usage, doing: "checking the recipe",
        found: "`objective.prediction: \(objective.prediction.rawValue)` with "
          + "`objective.loss: \(objective.loss.rawValue)` and `objective.floor: 0`",
        expected: "a floor above 0, because the conversion divides by a weight that reaches 0",
        advice: "JiT and JLT use `objective.floor: 0.05`.")
    }
  }
}
