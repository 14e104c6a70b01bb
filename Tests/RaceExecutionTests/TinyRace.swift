import Foundation
import Race
import Recipes
import RunFiles
import TestSupport
import Training

@testable import RaceExecution

/// Races of recipes that train in about a second, in a temporary folder.
struct TinyRace {
  let folder: TemporaryFolder
  let recipe: URL

  init() throws {
    folder = try TemporaryFolder()
    recipe = folder.url.appendingPathComponent("tiny.yaml")
    let layers = try RecipeLayers(assignments: [
      "model.preset=SiT-Ti/8", "data.path=shapes:60", "data.validation_count=4",
      "training.global_batch_size=2", "training.images=8", "training.threads=1",
      "training.precision=float32", "optimizer.learning_rate=1e-2", "optimizer.ema_decay=0.5",
      "schedule.preview_every_images=0",
    ])
    try Data(layers.yaml().utf8).write(to: recipe)
  }

  /// A finished run of the recipe.
  func trained(_ settings: String...) throws -> RunLayout {
    var layers = try RecipeLayers(file: recipe)
    for setting in settings { try layers.apply(assignment: setting) }
    let run = RunLayout(folder.url.appendingPathComponent("trained"))
    _ = try Trainer(layers, run: run) { _ in }.train()
    return run
  }

  /// A claim with the given race; with `nil`, a claim without one.
  func claim(_ race: String?) throws -> (claim: Claim, text: String) {
    let text =
      """
      name: tiny
      statement: New is cheaper.
      source: a test
      claimed: {unit: wall-clock, metric: loss, guidance: none, protocol: none}
      findings: []
      omitted: []
      here: {scale: small, can: all, cannot: nothing}

      """ + (race.map { "race:\n" + $0.split(separator: "\n").map { "  \($0)\n" }.joined() } ?? "")
    return (try Claim(yaml: text, origin: "tiny.yaml"), text)
  }

  /// Two recipes that are trained.
  static let training = """
    recipe: tiny
    settings: []
    baseline: {name: plain, settings: []}
    new: {name: routed, settings: [routing.method=tread, routing.routes=1-3, routing.rate=0.5]}
    seeds: [1]
    budgets: {unit: images, baseline_images: 520, ratio: 1.5, count: 5}
    schedule: {warm_up: 0.1, cool_down: 0.5, average: 0.1}
    tuning: {key: optimizer.learning_rate, values: [1.0e-3, 2.0e-3], seed: 100, budget: 2}
    calibration: {blocks: 6, steps: 2, tolerance: 5, drift: 50, closure: 50}
    primary: {metric: held_out_loss, guidance: 1, unit: images, margin: 0.05}
    declared: {}
    """

  /// Two samplers that draw from one run.
  static let sampling = """
    sampling: {full: [evaluation.sampler.solver=heun, evaluation.sampler.steps=12]}
    settings: [evaluation.sampler.guidance=2, evaluation.against=shapes:8]
    baseline: {name: euler, settings: [evaluation.sampler.solver=euler]}
    new: {name: heun, settings: [evaluation.sampler.solver=heun, evaluation.sampler.guidance=1]}
    seeds: [1]
    budgets: {unit: evaluations, baseline_images: 23, ratio: 1.5, count: 5}
    tuning: {key: evaluation.sampler.time_shift, values: [1.0], seed: 100, budget: 2}
    calibration: {blocks: 6, steps: 1, tolerance: 5, drift: 50, closure: 50}
    primary: {metric: relative_l1, guidance: 2, unit: evaluations, margin: 0.05}
    scores:
      settings: [evaluation.metrics=psnr, evaluation.count=4]
      guidances: [2]
      generation_seeds: []
      budgets: 5
    declared: {}
    """

  /// Makes the plan of a race.
  ///
  /// - Parameters:
  ///   - run: the run to sample from, in a race of samplers.
  ///   - tool: the program that replaces the processes in which steps are timed.
  func plan(_ race: String, run: RunLayout? = nil, tool: String = "/nowhere") throws -> RacePlan {
    var (claim, text) = try claim(race)
    claim.race?.sampling?.run = run?.url.path
    return try RacePlanner(claim, text: text) { _ in recipe }.plan(
      tool: URL(fileURLWithPath: tool), scratch: folder.url.appendingPathComponent("scratch"),
      environment: .capture(libraries: [:], device: "cpu", threads: 1, packageRoot: nil)
    ) { _ in }
  }

  /// A fake program that reports the given time for each step.
  func tool(secondsPerStep seconds: Double) throws -> String {
    let file = folder.url.appendingPathComponent("tool")
    let script = """
      #!/bin/sh
      echo '{"engine": "shell"}'
      while read count; do
        line='{"seconds": [\(seconds)'
        while [ "$count" -gt 1 ]; do line="$line, \(seconds)"; count=$((count - 1)); done
        echo "$line]}"
      done
      """
    try Data(script.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    return file.path
  }
}
