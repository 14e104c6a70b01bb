import Diagnostics
import FileAccess
import Foundation
import Reports
import RunFiles
import Runs
import Telemetry
import Tensors

@testable import Recipes
@testable import Training

/// The files of a training run.
extension Subject {
  static let runs = [
    checkpoint("run-progress", damaging: "state/progress.json", resume),
    checkpoint("run-optimizer", damaging: "state/optimizer.safetensors", resume),
    checkpoint("run-weights", damaging: "ema.safetensors", draw),
    run("run-marker", damaging: "checkpoints/0000000016/DONE", resume),
    run("run-metrics", damaging: "metrics.jsonl", report),
    run("run-environment", damaging: "environment.json", report),
    run("run-data", damaging: "data.json", draw),
    run("run-recipe", damaging: "recipe.yaml", draw),
  ]

  private static func run(
    _ name: String, damaging file: String, _ read: @escaping @Sendable (RunLayout) throws -> Void
  ) -> Subject {
    Subject(
      name: name, file: file,
      make: { folder, corpus in
        try corpus.copyRun(to: folder)
        return []
      }, seal: { try RunLayout($0).writeRecords {} },
      read: { try read(RunLayout($0)) })
  }

  /// A file of the run's last checkpoint.
  private static func checkpoint(
    _ name: String, damaging file: String, _ read: @escaping @Sendable (RunLayout) throws -> Void
  ) -> Subject {
    let last = "checkpoints/0000000016"
    var subject = run(name, damaging: "\(last)/\(file)", read)
    subject.seal = { folder in
      let checkpoint = folder.appendingPathComponent(last)
      let files = Checkpoint.Part.allCases.map { part in
        checkpoint.appendingPathComponent(part.rawValue)
      }
      try FileManifest(of: files.map { ($0.lastPathComponent, $0) }).write(to: checkpoint)
    }
    return subject
  }

  /// Resumes a copy of the run and takes two steps.
  @Sendable private static func resume(_ run: RunLayout) throws {
    let copy = RunLayout(run.url.appendingPathExtension("resumed"))
    try? FileManager.default.removeItem(at: copy.url)
    defer { try? FileManager.default.removeItem(at: copy.url) }
    try FileManager.default.createDirectory(at: copy.url, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: run.url.path) {
      let (from, to) = (
        run.url.appendingPathComponent(name), copy.url.appendingPathComponent(name)
      )
      // Checkpoints are never written to, so links to their files will do.
      try name == run.checkpoints.lastPathComponent
        ? FileManager.default.linkItem(at: from, to: to)
        : FileManager.default.copyItem(at: from, to: to)
    }
    var layers = try Corpus.recipe()
    try layers.apply(assignment: "training.images=24")
    var warnings: [PeregrineError] = []
    _ = try Trainer(layers, run: copy) { event in
      if case .warned(let warning) = event { warnings.append(warning) }
    }.train { true }
    // A damaged checkpoint is passed over, and it is said.
    if let warning = warnings.first { throw warning }
  }

  @Sendable private static func report(_ run: RunLayout) throws {
    try RunReport.write(for: run, extra: run.facts())
    _ = try MetricsLog.read(run.metrics)
    // What cannot be read is left out, and the page says so.
    guard try !String(contentsOf: run.report, encoding: .utf8).contains("damaged") else {
      throw PeregrineError(.badData, doing: "reporting the run", found: "damage")
    }
  }

  @Sendable private static func draw(_ run: RunLayout) throws {
    let trained = try TrainedRun(run, device: .cpu)
    _ = try trained.pictures([.init(label: 0)], drawing: trained.drawing())
    _ = try run.facts()
  }
}
