import Diagnostics
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@testable import Encoders

/// Against transformers and timm with weights from a formula: width 48, three blocks, 5x5 positions.
@Suite struct DINOv2Tests {
  static let configurations: [String: DINOv2Configuration] = [
    "plain": DINOv2Configuration(width: 48, depth: 3, heads: 3, gridSide: 5),
    "registers": DINOv2Configuration(width: 48, depth: 3, heads: 3, registers: 4, gridSide: 5),
    "gated": DINOv2Configuration(
      width: 48, depth: 3, heads: 3, registers: 4, isGated: true, gridSide: 5),
  ]

  private let fixture: FeatureFixture
  private let folder: TemporaryFolder
  private let square: Tensor
  private let wide: Tensor

  init() throws {
    fixture = try FeatureFixture()
    folder = try TemporaryFolder()
    square = try Tensor(formulaNumbers("square", 2 * 3 * 70 * 70), shape: [2, 3, 70, 70])
    wide = try Tensor(formulaNumbers("wide", 2 * 3 * 56 * 84), shape: [2, 3, 56, 84])
  }

  /// A network of the fixture, from a file in the naming of facebookresearch.
  private func network(_ kind: String, _ positions: PositionResampling) throws -> DINOv2 {
    let file = folder.url.appendingPathComponent("\(kind).safetensors")
    try Formula.write(fixture.dinov2Shapes(kind).original, to: file)
    return try DINOv2(
      #require(Self.configurations[kind]), weights: file, name: kind, positions: positions)
  }

  private func compare(_ name: String, _ network: DINOv2, _ batch: Tensor) throws {
    let found = try network(batch, [.pooled, .tokens])
    for output in [FeatureOutput.pooled, .tokens] {
      let golden = try fixture.golden.tensor("\(name).\(output.rawValue)")
      #expect(try deviation("\(name) \(output)", found[output], golden) < 1e-5)
    }
  }

  @Test(arguments: ["plain", "registers", "gated"])
  func everyStageMatchesHuggingFace(kind: String) throws {
    let positions = kind == "plain" ? PositionResampling.plain : .antialiased
    let network = try network(kind, positions)
    for (index, state) in try withoutGradients({ try network.hidden(square) }).enumerated() {
      let golden = try fixture.golden.tensor("dinov2-\(kind).square.stage.\(index)")
      let found = try FeatureFixture.excerpt(state).to(.float32)
      #expect(try deviation("dinov2-\(kind) stage \(index)", found, golden) < 1e-5)
    }
    try compare("dinov2-\(kind).square", network, square)
    try compare("dinov2-\(kind).wide", network, wide)
  }

  @Test func positionsMatchTimmAndTheOriginalCode() throws {
    try compare("timm.square", network("plain", .original), square)
    try compare("timm.antialiased", network("plain", .antialiased), wide)
    try compare("timm.original", network("plain", .original), wide)
    // The three ways differ by far more than rounding.
    let ways = try [PositionResampling.original, .plain, .antialiased].map {
      try PlainArray(#require(network("plain", $0)(wide, [.tokens])[.tokens]))
    }
    #expect(ways[0].distance(to: ways[1]) > 1e-3)
    #expect(ways[1].distance(to: ways[2]) > 1e-3)
  }

  /// Both namings give the same numbers; every published name must be known.
  @Test(arguments: ["plain", "registers", "gated"])
  func hugginFacesNamesLoad(kind: String) throws {
    let shapes = try fixture.dinov2Shapes(kind)
    let original = try network(kind, .original)
    var renamed: [String: Tensor] = [:]
    for name in shapes.huggingFace.keys { renamed[name] = try huggingFaceWeight(name, shapes) }
    for (name, shape) in shapes.huggingFace { #expect(renamed[name]?.shape == shape) }
    let file = folder.url.appendingPathComponent("renamed.safetensors")
    try SafetensorsFile.write(renamed.map { ($0.key, $0.value) }, to: file)
    let loaded = try DINOv2(
      #require(Self.configurations[kind]), weights: file, name: kind, positions: .original)
    let expected = try #require(original(square, [.tokens])[.tokens])
    #expect(try loaded(square, [.tokens])[.tokens]?.bytes() == expected.bytes())
  }

  /// The formula's value of a tensor under its other name.
  private func huggingFaceWeight(_ name: String, _ shapes: DINOv2Shapes) throws -> Tensor {
    let parts = ["query", "key", "value"]
    if let part = parts.firstIndex(where: { name.contains(".attention.attention.\($0).") }) {
      let joined = name.replacing("encoder.layer.", with: "blocks.")
        .replacing("attention.attention.\(parts[part])", with: "attn.qkv")
      let whole = try Formula.weight(joined, #require(shapes.original[joined]))
      return try whole.chunks(3, dim: 0)[part].clone()
    }
    let original = [
      ("embeddings.patch_embeddings.projection", "patch_embed.proj"),
      ("embeddings.position_embeddings", "pos_embed"), ("embeddings.", ""),
      ("encoder.layer.", "blocks."), ("attention.output.dense", "attn.proj"),
      ("layer_scale1.lambda1", "ls1.gamma"), ("layer_scale2.lambda1", "ls2.gamma"),
      ("mlp.weights_in", "mlp.w12"), ("mlp.weights_out", "mlp.w3"), ("layernorm", "norm"),
    ].reduce(name) { $0.replacing($1.0, with: $1.1) }
    return try Formula.weight(original, #require(shapes.original[original], "\(original)"))
  }

  /// The published counts, less the mask token that only training uses.
  @Test(arguments: [("vits14", 22_056_576), ("vitb14", 86_580_480)])
  func parametersAreAsManyAsPublished(size: String, count: Int) throws {
    let configuration = try #require(DINOv2Configuration.published[size])
    let network = try DINOv2(configuration, name: size, positions: .original)
    #expect(network.parameterCount == count - configuration.width)
  }

  @Test func sidesMustBeMultiplesOfThePatch() throws {
    let network = try network("plain", .original)
    let error = #expect(throws: PeregrineError.self) {
      try network(.zeros([1, 3, 70, 64]), [.pooled])
    }
    #expect(error?.code == .shapeMismatch)
  }

  @Test func otherSizesOfTheNetworkAreRefused() throws {
    let file = folder.url.appendingPathComponent("plain.safetensors")
    try Formula.write(fixture.dinov2Shapes("plain").original, to: file)
    let error = #expect(throws: PeregrineError.self) {
      try FeatureNetworks.load("dinov2-vits14", weights: file)
    }
    #expect(error?.code == .badData)
  }
}
