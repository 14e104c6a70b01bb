import Foundation
import Reports
import RunFiles
import Runs
import Tensors

@testable import Recipes
@testable import Training

/// The files of a training run.
extension Subject {
  static let runs = [
    run("run-progress", damaging: "checkpoints/0000000016/state/progress.json", resume),
    run("run-marker", damaging: "checkpoints/0000000016/DONE", resume),
    run("run-optimizer", damaging: "checkpoints/0000000016/state/optimizer.safetensors", resume),
    run("run-metrics", damaging: "metrics.jsonl", report),
    run("run-environment", damaging: "environment.json", report),
    run("run-data", damaging: "data.json", draw),
    run("run-recipe", damaging: "recipe.yaml", draw),
    run("run-weights", damaging: "checkpoints/0000000016/ema.safetensors", draw),
  ]

  private static func run(
    _ name: String, damaging file: String, _ read: @escaping @Sendable (RunLayout) throws -> Void
  ) -> Subject {
    Subject(
      name: name, file: file,
      make: { folder, corpus in
        try corpus.copyRun(to: folder)
        return []
      }, read: { try read(RunLayout($0)) })
  }

  /// Resumes the run and takes a step, then makes the run as it was.
  @Sendable private static func resume(_ run: RunLayout) throws {
    let checkpoint = run.checkpoints.appendingPathComponent("0000000016")
    try sealSizes(of: checkpoint)
    var layers = try Corpus.recipe()
    try layers.apply(assignment: "training.images=24")
    let small = try [run.metrics, run.recipe].map { ($0, try Data(contentsOf: $0)) }
    let kept = Set(try FileManager.default.contentsOfDirectory(atPath: run.checkpoints.path))
    defer {
      for (file, data) in small { try? data.write(to: file) }
      let now = (try? FileManager.default.contentsOfDirectory(atPath: run.checkpoints.path)) ?? []
      for name in now where !kept.contains(name) {
        try? FileManager.default.removeItem(at: run.checkpoints.appendingPathComponent(name))
      }
    }
    _ = try Trainer(layers, run: run) { _ in }.train { true }
  }

  /// Lets the marker list the sizes of today's files, so that a damaged one is read at all.
  private static func sealSizes(of checkpoint: URL) throws {
    let marker = checkpoint.appendingPathComponent("DONE")
    guard
      let sizes = try? JSONDecoder().decode([String: Int].self, from: Data(contentsOf: marker)),
      !sizes.isEmpty
    else { return }
    let files =
      ["model.safetensors", "ema.safetensors"]
      + ["optimizer.safetensors", "progress.json", "averages.safetensors"].map { "state/\($0)" }
    let now = try files.map { file in
      let data = try Data(contentsOf: checkpoint.appendingPathComponent(file))
      return (URL(fileURLWithPath: file).lastPathComponent, data.count)
    }
    try JSONEncoder().encode(Dictionary(uniqueKeysWithValues: now)).write(to: marker)
  }

  @Sendable private static func report(_ run: RunLayout) throws {
    try RunReport.write(for: run, extra: run.facts())
  }

  @Sendable private static func draw(_ run: RunLayout) throws {
    let trained = try TrainedRun(run, device: .cpu)
    _ = try trained.pictures([.init(label: 0)], drawing: trained.drawing())
    _ = try run.facts()
  }
}
