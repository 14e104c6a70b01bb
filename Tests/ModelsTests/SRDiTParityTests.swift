import Nets
import Tensors
import TestSupport
import Testing

@testable import Models

/// The forward pass of SR-DiT in evaluation and training, against the reference, part by part.
@Suite(.enabled(if: SRDiTTiny.exists))
struct SRDiTParityTests {
  private let golden: SRDiTTiny
  private var fixture: GoldenFixture { golden.fixture }
  private var model: SiT { golden.model }

  init() throws { golden = try SRDiTTiny() }

  private func run(
    _ id: String, labels: String, route: SprintRoute? = nil, policy: (any StepPolicy)? = nil
  ) throws -> BackboneOutput {
    let golden = try fixture.case(id)
    return try model(
      self.golden.pair("x", "cls", of: golden), time: fixture.input("t", of: golden),
      labels: fixture.input(labels, of: golden),
      context: ForwardContext(route: route, isProjecting: true, policy: policy))
  }

  private var dropped: SprintRoute {
    get throws { try SprintRoute(droppingPathOf: 4, middle: SRDiTTiny.middle) }
  }

  private func check(_ output: BackboneOutput, _ id: String) throws {
    let golden = try fixture.case(id)
    #expect(try fixture.deviation("v", of: golden, output.prediction.item) <= 1)
    #expect(try fixture.deviation("cls", of: golden, #require(output.prediction.classToken)) <= 1)
    #expect(try fixture.deviation("zs", of: golden, #require(output.projections.first).tokens) <= 1)
  }

  @Test func evaluationMatches() throws {
    let diary = BlockDiary()
    try check(run("eval", labels: "y", policy: diary), "eval")
    let golden = try fixture.case("eval")
    for block in 0..<6 {
      let output = try #require(diary.outputs[block])
      #expect(try fixture.deviation("mid.blocks.\(block)", of: golden, output) <= 1)
    }
    let fused = try #require(diary.inputs[4])
    #expect(try fixture.deviation("mid.fusion_proj", of: golden, fused) <= 1)
  }

  @Test func everyEmbeddingMatches() throws {
    let golden = try fixture.case("eval")
    let state = try model.patches(fixture.input("x", of: golden))
    #expect(try fixture.deviation("mid.x_embedder", of: golden, state) <= 1)
    let time = try model.time(fixture.input("t", of: golden))
    #expect(try fixture.deviation("mid.t_embedder", of: golden, time) <= 1)
    let label = try model.label(fixture.input("y", of: golden))
    #expect(try fixture.deviation("mid.y_embedder", of: golden, label) <= 1)
    let embedding = try #require(model.classToken)
    let token = try embedding(fixture.input("cls", of: golden))
    #expect(try fixture.deviation("mid.wg_norm", of: golden, token) <= 1)
  }

  @Test func evaluationWithoutTheMiddleMatches() throws {
    let diary = BlockDiary()
    let output = try run("eval_uncond", labels: "y", route: try dropped, policy: diary)
    try check(output, "eval_uncond")
    let fused = try #require(diary.inputs[4])
    let golden = try fixture.case("eval_uncond")
    #expect(try fixture.deviation("mid.fusion_proj", of: golden, fused) <= 1)
    #expect(diary.outputs.keys.sorted() == [0, 1, 4, 5], "the middle blocks do not run")
  }

  @Test func routedTrainingMatches() throws {
    let golden = try fixture.case("train")
    let diary = BlockDiary()
    let kept = SprintRoute(
      keeping: try fixture.input("ids_keep", of: golden), middle: SRDiTTiny.middle)
    try check(run("train", labels: "y_effective", route: kept, policy: diary), "train")
    for block in 2...3 {
      let output = try #require(diary.outputs[block])
      #expect(output.shape == [4, 16, 96])
      #expect(try fixture.deviation("mid.blocks.\(block)", of: golden, output) <= 1)
    }
    let fused = try #require(diary.inputs[4])
    #expect(try fixture.deviation("mid.fusion_proj", of: golden, fused) <= 1)
  }

  @Test func trainingWithTheDroppedPathMatches() throws {
    try check(
      run("train_path_drop", labels: "y_effective", route: try dropped), "train_path_drop")
  }

  /// The recorded draws lead to the recorded choices: kept are the places of the smallest numbers.
  @Test func keptTokensAreTheReferences() throws {
    let golden = try fixture.case("train")
    let draws = try fixture.input("in/route_uniform", of: golden).scalars(Double.self)
    let kept = try fixture.input("ids_keep", of: golden).scalars(Int64.self)
    let count = SprintRouting(middle: SRDiTTiny.middle).keptCount(of: 65)
    #expect(count == 16)
    for row in 0..<4 {
      let found = SprintRouting.places(
        ofSmallest: count, in: Array(draws[row * 65..<(row + 1) * 65]))
      #expect(found == Array(kept[row * 16..<(row + 1) * 16]))
    }
  }

  /// The tables that we compute are those that the reference's checkpoint carries.
  @Test func fixedTablesAreTheReferences() throws {
    let fresh = try SiT(SRDiTTiny.configuration)
    try fresh.initialize(seed: 1)
    for (name, value) in fresh.state
    where ["pos_embed", "feat_rope.freqs_cos", "feat_rope.freqs_sin"].contains(name) {
      let expected = try PlainArray(#require(fixture.weights[name]))
      #expect(try PlainArray(value).distance(to: expected) < 1e-6, "\(name)")
    }
  }
}

/// A policy that computes everything and keeps what went into and came out of each block.
private final class BlockDiary: StepPolicy {
  var inputs: [Int: Tensor] = [:]
  var outputs: [Int: Tensor] = [:]
  func begin(_ evaluation: Evaluation) {}
  func output(
    at site: ComputationSite, input: Tensor, compute: (BatchRows) throws -> Tensor
  ) throws -> Tensor {
    let output = try compute(.all)
    if case .block(let index) = site { (inputs[index], outputs[index]) = (input, output) }
    return output
  }
}
