import Foundation
import TestSupport
import Testing

/// The built tool, run as a user runs it.
struct Tool {
  /// What a finished command left.
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// The executable beside the test bundle.
  static let url = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("peregrine")

  /// A shell line with `peregrine` in its path, ended by its own exit or by a signal.
  static func shell(_ line: String, in folder: URL) throws -> Result {
    try run(URL(fileURLWithPath: "/bin/bash"), ["-c", line], in: folder)
  }

  /// The tool with arguments.
  static func run(_ arguments: [String], in folder: URL? = nil) throws -> Result {
    try run(url, arguments, in: folder ?? FileManager.default.temporaryDirectory)
  }

  /// The tool with arguments, left running.
  static func start(_ arguments: [String], in folder: URL) throws -> Process {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private static func run(_ executable: URL, _ arguments: [String], in folder: URL) throws -> Result
  {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["COLUMNS": "90", "TOOL": url.path], uniquingKeysWith: { $1 })
    let scratch = try TemporaryFolder()
    let (output, errors) = (
      scratch.url.appendingPathComponent("out"), scratch.url.appendingPathComponent("err")
    )
    for file in [output, errors] {
      try Data().write(to: file)
    }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}

/// Options that make a training take a second and still move the weights.
let tinyTraining = [
  "train", "demo", "--set", "model.preset=SiT-Ti/8", "--set", "data.path=shapes:200",
  "--set", "data.validation_count=4", "--set", "training.global_batch_size=4",
  "--set", "training.micro_batch_size=2", "--set", "objective.prediction=velocity",
  "--set", "objective.loss=velocity", "--set", "optimizer.warmup_images=0", "--set",
  "optimizer.cooldown_images=0",
  "--set", "training.images=80", "--set", "schedule.checkpoint_every_images=20",
  "--set", "schedule.log_every_images=8", "--set", "preview.count=2", "--set",
  "preview.sampler.steps=2",
]
