import Foundation
import TestSupport
import Testing

@Suite struct BenchCommandTests {
  static let tiny = [
    "--set", "model.preset=SiT-Ti/16", "--set", "training.global_batch_size=2",
    "--rounds", "2", "--seconds", "0.01",
  ]

  /// A record's top level, and that all of its turns are there.
  @Test(arguments: ["train", "sample"])
  func stepsBesideLibtorchs(work: String) throws {
    let folder = try TemporaryFolder()
    let result = try Tool.run(
      ["bench", work] + Self.tiny + ["--against", "reference", "--json", "out.json"], in: folder.url
    )
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("times as fast as reference"))
    let record = try json(folder.url.appendingPathComponent("out.json"))
    for key in ["ratio", "interval", "amx_share", "preset", "peak_share", "timings", "environment"]
    {
      #expect(record[key] != nil, "\(key)")
    }
    let timings = try #require(record["timings"] as? [[String: Any]])
    #expect(timings.compactMap { $0["contender"] as? String } == ["ours", "reference"])
    #expect(timings.allSatisfy { ($0["turns"] as? [Any])?.count == 4 })
    #expect((record["agreements"] as? [Any])?.count == 1)
  }

  /// SPRINT leaves out half of the arithmetic at most; the record says how much of that was reached.
  @Test func aRecipeBesideItsPlainPreset() throws {
    let folder = try TemporaryFolder()
    let result = try Tool.run(
      ["bench", "train"] + Self.tiny + [
        "--with", "routing.method=sprint", "--set", "model.preset=SiT-Ti/4", "--against", "plain",
        "--json", "out.json",
      ], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let record = try json(folder.url.appendingPathComponent("out.json"))
    let ideal = try #require(record["ideal_ratio"] as? Double)
    #expect(ideal > 1 && ideal < 2)
    #expect(record["ideal_share"] is Double)
  }

  @Test func kernels() throws {
    let folder = try TemporaryFolder()
    let result = try Tool.run(
      ["bench", "kernels"] + Self.tiny + ["--against", "torch", "--json", "out.json"],
      in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let record = try json(folder.url.appendingPathComponent("out.json"))
    #expect((record["kernels"] as? [Any])?.count == 6)
    #expect(record["ratio"] != nil && record["amx_share"] != nil)
  }

  /// Beside PyTorch, where an interpreter with it is named.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["PEREGRINE_PEER_PYTHON"] != nil,
      "PEREGRINE_PEER_PYTHON names no Python with torch and safetensors"),
    arguments: ["bfloat16", "float32"])
  func stepsBesidePyTorch(precision: String) throws {
    let python = try #require(ProcessInfo.processInfo.environment["PEREGRINE_PEER_PYTHON"])
    let folder = try TemporaryFolder()
    let result = try Tool.run(
      ["bench", "train"] + Self.tiny + [
        "--set", "training.precision=\(precision)", "--against", "torch-eager", "--python", python,
      ], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("times as fast as torch eager"))
  }

  @Test(arguments: [
    (["--preset", "xl"], 64, "one of s2, b1, demo"),
    (["--against", "torch", "--python", "/no/python"], 69, "`/no/python` cannot be run"),
    (
      ["--set", "objective.time_shift=2", "--against", "torch", "--python", "python3"], 64,
      "no settings beyond preset"
    ),
    (["--set", "model.norm=rms", "--against", "torch", "--python", "python3"], 64, "plain SiT"),
    (["--json", "/no/folder/out.json"], 74, "/no/folder/out.json"),
  ])
  func whatCannotBeTimed(arguments: [String], status: Int32, message: String) throws {
    let result = try Tool.run(["bench", "train"] + Self.tiny + arguments)
    #expect(result.status == status, "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  private func json(_ file: URL) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }
}
