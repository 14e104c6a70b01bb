import Diagnostics
import Models

extension Recipe {
  /// Rejects combinations of methods that do not work together.
  ///
  /// All other combinations work; `docs/methods.md` describes their cost and effect.
  /// - Throws: ``PeregrineError`` `.usage` naming the first such pair and the reason.
  func checkCompatibility() throws {
    let group = contrastive.groupImages == 0 ? training.globalBatchSize : contrastive.groupImages
    let pairs: [(Bool, String, String, String)] = [
      (
        needsTeacher && teacher.network.isEmpty,
        "`\(alignment.weight > 0 ? "alignment" : "class_token").weight` without `teacher.network`",
        "a teacher, whose features both need", "Name one, such as `mobilenet-v2@128`."
      ),
      (
        !needsTeacher && !teacher.network.isEmpty,
        "`teacher.network: \(teacher.network)` without `alignment.weight` and `class_token.weight`",
        "a weight above 0: a teacher without either would only cost time", "Leave the teacher out."
      ),
      (
        contrastive.weight > 0 && (group < 2 || training.globalBatchSize % group != 0),
        "`contrastive.weight` with groups of \(group) and `training.global_batch_size: "
          + "\(training.globalBatchSize)`",
        "groups of at least 2 that divide the batch: each item is compared with another", ""
      ),
      (
        try model.valueResidual && routeStartsAtFirstBlock(),
        "`model.value_residual` with the route "
          + "`\(routing.routes.map(\.description).joined(separator: ", "))`",
        "a route that starts at block 1 or later: all blocks mix in the first one's values", ""
      ),
      (
        !needsClassToken
          && max(preview.sampler.classTokenGuidance, evaluation.sampler.classTokenGuidance) > 0,
        "`class_token_guidance` without `class_token.weight`",
        "a class token to be guided", "Set it to 0."
      ),
      (
        model.startClock == .reversed
          && (model.startFrom.isEmpty || objective.prediction != .velocity
            || !model.preset.hasPrefix("SiT-")),
        "`model.start_clock: reversed` with `model.preset: \(model.preset)`, "
          + "`objective.prediction: \(objective.prediction.rawValue)` and "
          + "`model.start_from: \"\(model.startFrom)\"`",
        "a SiT that predicts velocity and starts from weights", "Set it to same."
      ),
    ]
    for (conflicts, found, expected, advice) in pairs where conflicts {
      throw PeregrineError(
        .usage, doing: "checking which methods go together", found: found, expected: expected,
        advice: advice)
    }
    // The backbone itself checks which options its family has, and guidance checks what it needs.
    let configuration = try Backbones.configuration(
      preset: model.preset, options: backboneOptions(teacherWidth: needsTeacher ? 1 : nil))
    try backboneOptions(teacherWidth: needsTeacher ? 1 : nil).checkDepths(of: configuration.depth)
    guard routing.method == .none || configuration.isRoutable else {
      throw PeregrineError(
        .usage, doing: "checking which methods go together",
        found: "`routing.method: \(routing.method.rawValue)` with `model.preset: \(model.preset)`",
        expected: "`routing.method: none`: tokens join this backbone on the way, and routes do not "
          + "know them",
        advice: "Choose a SiT or a JLT.")
    }
    _ = try makeRouting(depth: configuration.depth)
    _ = try makeSampler(preview.sampler)
    _ = try makeSampler(evaluation.sampler)
  }

  /// Whether the model has a class token (REG).
  var needsClassToken: Bool { classToken.weight > 0 }

  private func routeStartsAtFirstBlock() throws -> Bool {
    guard routing.method == .tread else { return false }
    return try makeTREAD(depth: Backbones.depth(ofPreset: model.preset), rate: routing.rate)
      .routes.contains { $0.blocks.lowerBound == 0 }
  }
}
