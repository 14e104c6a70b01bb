import Models
import Nets
import Tensors
import TestSupport
import Testing

/// A DiT with one route against the numbers of TREAD's reference.
@Suite(.enabled(if: TREADTiny.exists))
struct TREADParityTests {
  private let tiny: TREADTiny

  init() throws { tiny = try TREADTiny() }

  private func labels(_ golden: GoldenFixture.Case) throws -> Tensor {
    try tiny.fixture.input(golden.inputs["y_effective"] == nil ? "y" : "y_effective", of: golden)
  }

  @Test func withoutARouteItIsTheDenseNetwork() throws {
    let golden = try tiny.fixture.case("eval")
    let output = try tiny.model(
      tiny.fixture.input("x", of: golden), time: tiny.fixture.input("t", of: golden),
      labels: labels(golden), context: ForwardContext(route: TREADRoute([])))
    #expect(try tiny.fixture.deviation("out", of: golden, output) <= 1)
  }

  /// In training, and in evaluation at another rate than that of training.
  @Test(arguments: ["train", "eval_forced_routing"])
  func theRoutedNetworkMatches(id: String) throws {
    let golden = try tiny.fixture.case(id)
    let recorder = Recorder()
    let output = try tiny.model(
      tiny.fixture.input("x", of: golden), time: tiny.fixture.input("t", of: golden),
      labels: labels(golden),
      context: ForwardContext(route: tiny.route(of: golden), policy: recorder))
    for block in 0..<7 where golden.outputs["mid.blocks.\(block)"] != nil {
      let mixed = try #require(recorder.outputs[.block(block)])
      #expect(try tiny.fixture.deviation("mid.blocks.\(block)", of: golden, mixed) <= 1)
    }
    #expect(try tiny.fixture.deviation("out", of: golden, output) <= 1)
  }

  @Test func theGuidedNetworkMatches() throws {
    let golden = try tiny.fixture.case("eval_cfg")
    let (x, t) = (
      try tiny.fixture.input("x", of: golden), try tiny.fixture.input("t", of: golden)
    )
    let null = try Tensor.full(10, shape: t.shape).to(.int64)
    let conditional = try tiny.model(x, time: t, labels: tiny.fixture.input("y", of: golden))
    let free = try tiny.model(x, time: t, labels: null)
    let scale = try #require(golden.params.cfgScale)
    let guided = try free + (conditional - free) * scale
    #expect(try tiny.fixture.deviation("out", of: golden, guided) <= 1)
  }

  @Test func theNormMatchesOnSmallInputs() throws {
    let golden = try tiny.fixture.case("norm_small")
    let norm = try LayerNorm(width: 64, affine: false)
    let rows = try norm(tiny.fixture.input("width", of: golden))
    #expect(try tiny.fixture.deviation("block_norm", of: golden, rows) <= 1)
  }
}
