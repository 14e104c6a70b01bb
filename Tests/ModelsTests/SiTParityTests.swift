import Models
import Nets
import Tensors
import TestSupport
import Testing

/// The dense network of the TREAD reference is a plain SiT: LayerNorm, adaLN-zero, sin-cos positions.
@Suite(.enabled(if: GoldenFixture.exists("tread_tiny", in: SharedFolder.fixtures)))
struct SiTParityTests {
  let fixture: GoldenFixture
  let model: SiT

  init() throws {
    fixture = try GoldenFixture("tread_tiny", in: SharedFolder.fixtures)
    model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 7, width: 64, heads: 4), patch: 2, channels: 4, side: 10,
        classCount: 10))
    try model.load(fixture.weights, from: "tread_tiny")
  }

  @Test func theForwardPassMatchesTheReference() throws {
    let golden = try fixture.case("eval")
    let output = try model(
      fixture.input("x", of: golden), time: fixture.input("t", of: golden),
      labels: fixture.input("y", of: golden))
    #expect(try fixture.deviation("out", of: golden, output) <= 1)
  }

  @Test func everyBlockMatchesTheReference() throws {
    let golden = try fixture.case("eval")
    let recorder = Recorder()
    _ = try model(
      fixture.input("x", of: golden), time: fixture.input("t", of: golden),
      labels: fixture.input("y", of: golden), context: ForwardContext(policy: recorder))
    for block in 0..<7 {
      let output = try #require(recorder.outputs[.block(block)])
      #expect(try fixture.deviation("mid.blocks.\(block)", of: golden, output) <= 1)
    }
  }
}
