import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

@Suite struct MuonTrainingTests {
  private static let muon = [
    "optimizer.method=muon", "optimizer.learning_rate=1e-4", "optimizer.muon_learning_rate=1e-3",
    "optimizer.warmup_images=8",
  ]

  @Test(arguments: ["float32", "bfloat16"]) func aResumedRunIsTheSame(precision: String) throws {
    let tiny = try TinyRun(
      Self.muon + ["training.precision=\(precision)", "training.micro_batch_size=2"])
    try tiny.train("whole")
    try tiny.train("parts", stoppingAfter: 7)
    try tiny.train("parts")
    #expect(try tiny.tensors("whole") == tiny.tensors("parts"))
    #expect(try tiny.records("whole") == tiny.records("parts"))
  }

  /// The state says who moves what: momentum for the matrices of the blocks, two moments for the rest.
  @Test func theBlocksMatricesAreMuons() throws {
    let tiny = try TinyRun(Self.muon)
    let recipe = try tiny.layers.resolved()
    let session = try TrainingSession(recipe, source: TrainingData(recipe))
    let names = Set(session.optimizer.state.map(\.name))
    #expect(names.contains("blocks.0.attn.qkv.weight/momentum"))
    #expect(names.contains("blocks.5.mlp.fc2.weight/momentum"))
    for name in [
      "blocks.0.attn.qkv.bias", "blocks.0.adaLN_modulation.1.weight", "x_embedder.proj.weight",
      "final_layer.linear.weight", "t_embedder.mlp.0.weight",
    ] { #expect(names.contains("\(name)/first_moment"), "\(name)") }
    #expect(names.count { $0.hasSuffix("/momentum") } == 6 * 4)
  }

  /// Warm-up slows both parts alike, once all weights move.
  @Test func bothRatesFollowTheWarmUp() throws {
    func moves(_ warmup: Int) throws -> [String: Double] {
      let tiny = try TinyRun(Self.muon + ["optimizer.warmup_images=\(warmup)"])
      let recipe = try tiny.layers.resolved()
      let source = try TrainingData(recipe)
      let session = try TrainingSession(recipe, source: source)
      try session.model.randomize(seed: 5)
      let before = try session.model.state.map { try $0.tensor.detached().clone() }
      try session.step(source.training.batch(0..<4))
      return try Dictionary(
        uniqueKeysWithValues: zip(session.model.state, before).map { entry, old in
          (entry.name, try (entry.tensor.detached() - old).squared().sum().squareRoot().item())
        })
    }
    let (plain, warm) = (try moves(0), try moves(8))
    for name in ["blocks.2.adaLN_modulation.1.weight", "blocks.2.mlp.fc1.weight"] {
      let (full, half) = (try #require(plain[name]), try #require(warm[name]))
      #expect(abs(half / full - 0.5) < 1e-2, "\(name): \(half) of \(full)")
    }
  }

  /// A parameter that only the second lane's micro-batch used keeps that lane's gradient.
  @Test func lanesAddGradientsThatTheFirstLaneLacks() throws {
    let tiny = try TinyRun()
    let recipe = try tiny.layers.resolved()
    let data = try TrainingData(recipe).description
    let model = try recipe.makeModel(for: data)
    try model.initialize(seed: 1)
    Runtime.threadCount = 2
    let lanes = try Lanes(model, count: 2, on: .cpu) { try recipe.makeModel(for: data) }
    _ = try lanes.run(2) { index, model in
      let names =
        index == 0 ? ["blocks.0.mlp.fc1.bias"] : ["blocks.0.mlp.fc1.bias", "blocks.1.mlp.fc1.bias"]
      for entry in model.namedParameters where names.contains(entry.name) {
        try (entry.parameter.value * 3).sum().backward()
      }
    }
    func gradient(_ name: String) throws -> [Double]? {
      let entry = try #require(model.namedParameters.first { $0.name == name })
      return try entry.parameter.value.gradient()?.scalars(Double.self)
    }
    #expect(try gradient("blocks.0.mlp.fc1.bias")?.allSatisfy { $0 == 6 } == true)
    #expect(try gradient("blocks.1.mlp.fc1.bias")?.allSatisfy { $0 == 3 } == true)
    #expect(try gradient("blocks.2.mlp.fc1.bias") == nil)
  }
}
