import Diagnostics
import DiffusionMath
import Foundation
import Telemetry
import Tensors
import Training

/// Times our whole training or sampling steps against those of others.
public struct StepBench {
  /// What ours is compared with.
  public enum Opponent: String, CaseIterable, Sendable {
    /// PyTorch, eager and compiled.
    case torch
    case torchEager = "torch-eager"
    case torchCompile = "torch-compile"
    /// The same recipe with libtorch's operations.
    case reference
    /// The same without the methods.
    case plain
  }

  /// The work to be timed.
  public var work = RepeatedStep.Work.train
  /// The preset.
  public var preset: BenchPreset
  /// Changes to the preset, as `section.key=value`.
  public var settings: [String] = []
  /// Settings that only ours has and the plain opponent does not, as `section.key=value`.
  public var methods: [String] = []
  /// The opponent; none when missing.
  public var opponent: Opponent?
  /// The number of threads of each contender.
  public var threads = Runtime.threadCount
  /// The lengths and numbers of turns.
  public var run = InterleavedRun()
  /// The interpreter and script of the PyTorch contenders.
  public var peers: PeerProgram?

  /// Times a preset alone.
  public init(_ preset: BenchPreset) { self.preset = preset }

  /// Starts all contenders, compares what they compute, and times them.
  ///
  /// - Parameters:
  ///   - tool: our executable.
  ///   - folder: for weights, inputs, results and logs.
  /// - Throws: ``PeregrineError`` `.failure` when contenders compute different functions.
  public func measure(
    tool: URL, folder: URL, environment: EnvironmentRecord,
    onEvent: @escaping (InterleavedRun.Event) -> Void = { _ in }
  ) throws -> StepBenchRecord {
    Runtime.threadCount = threads
    let workload = try Workload(
      preset.settings + settings + methods, work: work, threads: threads,
      folder: folder.appendingPathComponent("ours"))
    let start = Starting(tool: tool, folder: folder, onEvent: onEvent)
    let own = try start.ours(workload, "ours")
    var opponents: [ContenderProcess] = []
    var idealRatio: Double?
    switch opponent {
    case nil: break
    case .plain:
      let plain = try Workload(
        preset.settings + settings, work: work, threads: threads,
        folder: folder.appendingPathComponent("plain"))
      opponents = [try start.ours(plain, "plain")]
      idealRatio = plain.flopsPerImage / workload.flopsPerImage
    case .reference: opponents = [try start.ours(workload, engine: .reference, "reference")]
    case .torch:
      opponents = try ["eager", "compile"].map { try start.torch(workload, engine: $0, peers) }
    case .torchEager: opponents = [try start.torch(workload, engine: "eager", peers)]
    case .torchCompile: opponents = [try start.torch(workload, engine: "compile", peers)]
    }
    // With and without methods, the models may be different functions.
    let agreements =
      try opponent == .plain
      ? []
      : opponents.map {
        try Agreement(
          of: $0.name, workload.answers($0.name), with: workload.answers("ours"),
          dtype: workload.dtype)
      }
    var peaks: [ProcessorPeak] = []
    let timings = try run.measure(
      [own] + opponents, betweenRounds: { _ in peaks.append(.measure()) }, onEvent: onEvent)
    return try StepBenchRecord(
      self, workload, timings, peak: .highest(of: peaks), agreements: agreements,
      idealRatio: idealRatio, versions: opponents.map(\.greeting), environment: environment)
  }
}

/// Starts contenders.
private struct Starting {
  let tool: URL
  let folder: URL
  let onEvent: (InterleavedRun.Event) -> Void

  func ours(
    _ workload: Workload, engine: Engine = Runtime.hasFusedEngine ? .fused : .reference,
    _ name: String
  ) throws -> ContenderProcess {
    let file = try write(workload.description(engine: engine.rawValue, answersAs: name), name)
    return try start(name, [tool.path, "bench", "contender", file.path])
  }

  func torch(_ workload: Workload, engine: String, _ peers: PeerProgram?) throws
    -> ContenderProcess
  {
    guard let peers else {
      throw PeregrineError(
        .usage, doing: "starting PyTorch", found: "no interpreter",
        advice: "Name one with `--python`.")
    }
    let name = "torch \(engine)"
    var description = workload.description(engine: engine, answersAs: name)
    description.model = try workload.peerModel()
    let file = try write(description, name)
    // Our launcher's wait setting is meant for our threads; PyTorch's threads keep their default.
    return try start(
      name, peers.command + ["--config", file.path],
      environment: peers.environment.merging(["GOMP_SPINCOUNT": "300000"]) { $1 })
  }

  private func write(_ description: ContenderDescription, _ name: String) throws -> URL {
    let file = folder.appendingPathComponent("\(name).json")
    try JSONEncoder().encode(description).write(to: file)
    return file
  }

  private func start(
    _ name: String, _ command: [String], environment: [String: String] = [:]
  ) throws -> ContenderProcess {
    onEvent(.starting(name))
    return try ContenderProcess(
      name: name, command: command, environment: environment,
      log: folder.appendingPathComponent("\(name).log"))
  }
}
