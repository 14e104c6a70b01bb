import Models
import Nets
import Tensors
import TestSupport
import Testing

/// The forward pass of JLT's reference, block by block.
@Suite(.enabled(if: JLTTiny.exists))
struct JLTParityTests {
  private let tiny: JLTTiny

  init() throws { tiny = try JLTTiny() }

  /// Our clock's reading of the recorded times.
  private func time(_ golden: GoldenFixture.Case) throws -> Tensor {
    try 1 - tiny.fixture.input("t", of: golden)
  }

  @Test func theForwardPassMatches() throws {
    let golden = try tiny.fixture.case("eval")
    let recorder = Recorder()
    let output = try tiny.model(
      tiny.fixture.input("x", of: golden), time: time(golden),
      labels: tiny.fixture.input("y", of: golden), context: ForwardContext(policy: recorder))
    for block in 0..<4 {
      let mixed = try #require(recorder.outputs[.block(block)])
      #expect(try tiny.fixture.deviation("mid.blocks.\(block)", of: golden, mixed) <= 1)
    }
    #expect(try tiny.fixture.deviation("out", of: golden, output) <= 1)
  }

  @Test func theEmbeddingsMatch() throws {
    let golden = try tiny.fixture.case("eval")
    let time = try TimeEmbedding(width: 96)
    let label = try Embedding(entries: 11, width: 96)
    let patches = try PatchEmbedding(channels: 8, patch: 1, width: 96)
    for (module, prefix) in [
      (time, "t_embedder."), (label, "y_embedder.embedding_table."), (patches, "x_embedder.proj."),
    ] as [(any Module, String)] {
      let own = tiny.fixture.weights.filter { $0.key.hasPrefix(prefix) }
        .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
      try module.load(Dictionary(uniqueKeysWithValues: own), from: "jlt_tiny")
    }
    for (role, found) in [
      ("mid.t_embedder", try time(tiny.fixture.input("t", of: golden))),
      ("mid.y_embedder", try label(tiny.fixture.input("y", of: golden))),
      ("mid.x_embedder", try patches(tiny.fixture.input("x", of: golden))),
    ] { #expect(try tiny.fixture.deviation(role, of: golden, found) <= 1) }
  }

  @Test func theNormsMatchOnSmallInputs() throws {
    let golden = try tiny.fixture.case("norm_small")
    for (role, input, name) in [
      ("block_norm", "width", "blocks.0.norm1"), ("final_norm", "width", "final_layer.norm_final"),
      ("q_norm", "head", "blocks.1.attn.q_norm"),
    ] {
      let gain = try #require(tiny.fixture.weights["\(name).weight"])
      let norm = try RMSNorm(width: gain.count, gain: true)
      try norm.load(["weight": gain], from: name)
      let rows = try norm(tiny.fixture.input(input, of: golden))
      #expect(try tiny.fixture.deviation(role, of: golden, rows) <= 1)
    }
  }

  /// Products in bfloat16 round to three digits; tokens between blocks do not.
  @Test func bfloat16StaysNear() throws {
    let golden = try tiny.fixture.case("eval")
    let output = try withComputation(in: .bfloat16, on: .cpu) {
      try tiny.model(
        tiny.fixture.input("x", of: golden), time: time(golden),
        labels: tiny.fixture.input("y", of: golden))
    }
    let distance = try PlainArray(output)
      .distance(to: PlainArray(tiny.fixture.output("out", of: golden)))
    print("jlt_tiny in bfloat16: \(distance)")
    #expect(distance < 0.06)
  }
}
