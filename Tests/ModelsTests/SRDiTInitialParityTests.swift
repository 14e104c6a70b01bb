import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@testable import Models

/// Keys, shapes, counts and first values of the published sizes.
@Suite(.enabled(if: SRDiTTiny.exists))
struct SRDiTInitialParityTests {
  private struct Keys: Decodable { let models: [PublishedModel] }
  private struct PublishedModel: Decodable {
    let model: String
    let depth, tensors, parameters: Int
    let trainable, bufferValues: Int
    let rows: [Row]
    enum CodingKeys: String, CodingKey {
      case model, depth, tensors, parameters
      case trainable = "parameters_trainable"
      case bufferValues = "buffer_values"
      case rows = "state_dict"
    }
  }
  private struct Row: Decodable {
    let key: String
    let shape: [Int]
    let kind: String
    let mean, deviation, largest: Double
    enum CodingKeys: String, CodingKey {
      case key, shape, kind
      case mean = "init_mean"
      case deviation = "init_std"
      case largest = "init_absmax"
    }
  }

  private func published(_ name: String) throws -> PublishedModel {
    let url = try #require(SharedFolder.fixtures).appendingPathComponent("srdit_b1_init.json")
    let keys = try JSONDecoder().decode(Keys.self, from: Data(contentsOf: url))
    return try #require(keys.models.first { $0.model == name })
  }

  private func model(_ size: String, depth: Int? = nil, side: Int = 16) throws -> SiT {
    var configuration = try SiTConfiguration(
      preset: "SiT-\(size)/1", channels: 32, side: side, classCount: 1_000)
    configuration.size.depth = depth ?? configuration.size.depth
    return try SiT(configuration.speedrun())
  }

  @Test func theBaseModelStartsAsPublished() throws {
    let published = try published("SiT-B/1")
    let model = try model("B")
    let entries = model.namedParameters
    #expect(entries.map(\.name) == published.rows.map(\.key))
    #expect(entries.map(\.parameter.value.shape) == published.rows.map(\.shape))
    #expect(entries.count == 183 && published.tensors == 183)
    #expect(model.parameterCount == 140_235_051 && published.parameters == 140_235_051)
    let trainable = model.trainableParameters.reduce(0) { $0 + $1.parameter.value.count }
    #expect(trainable == published.trainable)
    #expect(
      entries.filter(\.parameter.isBuffer).map(\.name)
        == published.rows.filter { $0.kind == "buffer" }.map(\.key))

    try model.initialize(seed: 0)
    for (entry, row) in zip(entries, published.rows) { try check(entry, row) }
    try expectZeroOutput(of: model)
  }

  private func check(_ entry: NamedParameter, _ row: Row) throws {
    let value = try entry.parameter.value.detached()
    let mean = try value.mean().item()
    let deviation = try (value.squared().mean().item() - mean * mean).magnitude.squareRoot()
    let largest = try value.magnitude().max().item()
    if row.kind != "parameter" {
      #expect(abs(mean - row.mean) < 1e-5, "\(row.key)")
      #expect(abs(deviation - row.deviation) < 1e-5, "\(row.key)")
      #expect(abs(largest - row.largest) < 1e-5, "\(row.key)")
    } else if row.deviation == 0 {
      #expect(try value.min().item() == row.mean && value.max().item() == row.mean, "\(row.key)")
    } else {
      #expect(abs(deviation - row.deviation) < 0.02 * row.deviation, "\(row.key)")
      #expect(abs(mean) < 0.05 * row.deviation, "\(row.key)")
      let isNormal = row.key.hasPrefix("t_embedder") || row.key.hasPrefix("y_embedder")
      let fans = row.shape[0] + row.shape.dropFirst().reduce(1, *)
      let bound = (6 / Double(fans)).squareRoot()
      #expect(isNormal || (largest <= bound * (1 + 1e-6) && largest > 0.98 * bound), "\(row.key)")
    }
  }

  /// A new model answers exactly zero.
  private func expectZeroOutput(of model: SiT) throws {
    let input = try DiffusionState(
      PlainArray.example([1, 32, 16, 16]).tensor(.float32),
      classToken: PlainArray.example([1, 768]).tensor(.float32))
    let output = try withoutGradients {
      try model(
        input, time: Tensor([0.5], shape: [1]), labels: Tensor([Int64(3)], shape: [1]),
        context: ForwardContext(isProjecting: true))
    }
    #expect(try output.prediction.item.magnitude().max().item() == 0)
    #expect(try #require(output.prediction.classToken).magnitude().max().item() == 0)
    #expect(output.projections.first?.tokens.shape == [1, 257, 768])
  }

  /// Every block beyond the first is like the second, so five blocks tell the rest.
  @Test func theExtraLargeModelHasThePublishedShapes() throws {
    let published = try published("SiT-XL/1")
    let model = try model("XL", depth: 5)
    let block = "blocks.4."
    let found = model.namedParameters.map { ($0.name, $0.parameter.value.shape) }
    let shapes = Dictionary(uniqueKeysWithValues: found)
    for row in published.rows {
      let parts = row.key.split(separator: ".", maxSplits: 2)
      let isLater = parts[0] == "blocks" && (Int(parts[1]) ?? 0) > 4
      #expect(shapes[isLater ? block + parts[2] : row.key] == row.shape, "\(row.key)")
    }
    let known = Set(published.rows.map(\.key))
    #expect(found.allSatisfy { known.contains($0.0) })
    let later = found.filter { $0.0.hasPrefix(block) }.count
    #expect(found.count + 23 * later == published.tensors)
    #expect(try count("XL", depth: 28) == published.parameters)
  }

  /// The parameters of a deep model, from two shallow ones.
  private func count(_ size: String, depth: Int, side: Int = 16) throws -> Int {
    let five = try model(size, depth: 5, side: side).parameterCount
    let six = try model(size, depth: 6, side: side).parameterCount
    return five + (depth - 5) * (six - five)
  }

  @Test func theOtherSizesHaveThePublishedCounts() throws {
    #expect(try count("L", depth: 24) == 469_667_383)
    #expect(try count("B", depth: 12, side: 32) == 140_824_875)
  }

  @Test func theWorkOfAPictureIsThePublishedOne() throws {
    let model = try model("B")
    var sprint = SprintRouting(middle: 2..<10)
    sprint.pathDrop = 0
    let projector = try model.projectionFLOPs(routing: sprint)
    let routed = try model.forwardFLOPs(routing: sprint) + projector
    #expect(abs(model.forwardFLOPs - 46.8e9) < 0.05e9)
    #expect(abs(routed - 27.2e9) < 0.05e9)
    #expect(abs(projector - 3.77e9) < 0.005e9)
    // In a twentieth of the passes the middle blocks do not run.
    sprint.pathDrop = 0.05
    let middle = (2..<10).reduce(0) {
      $0 + model.blockFLOPs($1, tokens: sprint.keptCount(of: model.tokenCount))
    }
    let expected = routed - projector - 0.05 * middle
    #expect(abs(try model.forwardFLOPs(routing: sprint) / expected - 1) < 1e-12)
  }
}
