import Nets
import Tensors
import TestSupport
import Testing

/// Small inputs, where the epsilon matters: each reference has its own.
@Suite struct NormalizationTests {
  private func check(
    _ name: String, _ output: String, input: String, weight: String? = nil,
    norm: (Int) throws -> any Module, apply: (any Module, Tensor) throws -> Tensor
  ) throws -> Double {
    let fixture = try GoldenFixture(name, in: SharedFolder.fixtures)
    let golden = try fixture.case("norm_small")
    let x = try fixture.input(input, of: golden)
    let module = try norm(x.shape[1])
    if let weight {
      try module.load(["weight": try #require(fixture.weights[weight])], from: name)
    }
    return try fixture.deviation(output, of: golden, apply(module, x))
  }

  private func rms(
    _ name: String, _ output: String, input: String = "width", weight: String? = nil,
    epsilon: Double = 1e-6
  ) throws -> Double {
    try check(
      name, output, input: input, weight: weight,
      norm: { try RMSNorm(width: $0, gain: weight != nil, epsilon: epsilon) },
      apply: { try ($0 as? RMSNorm)?($1) ?? $1 })
  }

  @Test(.enabled(if: GoldenFixture.exists("tread_tiny", in: SharedFolder.fixtures)))
  func layerNormOfTREAD() throws {
    let deviation = try check(
      "tread_tiny", "block_norm", input: "width",
      norm: { try LayerNorm(width: $0, affine: false) },
      apply: { try ($0 as? LayerNorm)?($1) ?? $1 })
    #expect(deviation <= 1)
  }

  @Test(.enabled(if: GoldenFixture.exists("srdit_tiny", in: SharedFolder.fixtures)))
  func rootMeanSquareNormsOfSRDiT() throws {
    #expect(try rms("srdit_tiny", "block_norm") <= 1)
    #expect(try rms("srdit_tiny", "final_norm") <= 1)
    #expect(try rms("srdit_tiny", "cls_norm", weight: "wg_norm.weight") <= 1)
    for part in ["q_norm", "k_norm"] {
      let weight = "blocks.1.attn.\(part).weight"
      let implicit = try rms(
        "srdit_tiny", part, input: "head", weight: weight, epsilon: RMSNorm.implicitEpsilon)
      #expect(implicit <= 1)
      let usual = try rms("srdit_tiny", part, input: "head", weight: weight)
      #expect(usual > 100, "the fixture tells the two epsilons apart")
    }
  }

  @Test(.enabled(if: GoldenFixture.exists("jlt_tiny", in: SharedFolder.fixtures)))
  func rootMeanSquareNormsOfJLT() throws {
    #expect(try rms("jlt_tiny", "block_norm", weight: "blocks.0.norm1.weight") <= 1)
    #expect(try rms("jlt_tiny", "final_norm", weight: "final_layer.norm_final.weight") <= 1)
    #expect(
      try rms("jlt_tiny", "q_norm", input: "head", weight: "blocks.1.attn.q_norm.weight") <= 1)
  }
}
