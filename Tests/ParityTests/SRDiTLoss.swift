import DiffusionMath
import Models
import Objectives
import Samples
import Tensors
import TestSupport
import Testing

/// SR-DiT's loss with the recorded random draws of a case: velocity, alignment, class token and
/// contrastive term.
struct SRDiTLoss {
  private let tiny: SRDiTTiny
  private var fixture: GoldenFixture { tiny.fixture }

  init(_ tiny: SRDiTTiny) { self.tiny = tiny }

  private func times(_ golden: GoldenFixture.Case) throws -> [Double] {
    let shift = TimeShift(factor: try #require(golden.params.shift))
    return try fixture.input("r", of: golden).scalars(Double.self).map { shift($0) }
  }

  private func objective(_ params: GoldenFixture.Parameters) throws -> FlowMatching {
    let weights = try #require(params.coefficients)
    var objective = FlowMatching()
    objective.terms = [
      ClassTokenDenoising(weight: weights.cls), RepresentationAlignment(weight: weights.proj),
      ContrastiveFlowMatching(weight: weights.cfm),
    ]
    return objective
  }

  func value(_ golden: GoldenFixture.Case) throws -> ObjectiveValue {
    let clean = try tiny.pair("x0", "c0", of: golden)
    let noise = try tiny.pair("noise", "noise_cls", of: golden)
    return try objective(golden.params).value(
      clean: clean, noise: noise, times: times(golden),
      conditions: .init(classes: fixture.labels(of: golden), of: tiny.sizes.numClasses),
      backbone: tiny.model, route: tiny.route(of: golden),
      teacher: fixture.input("teacher", of: golden),
      neighbours: (clean.map(Self.rolled), noise.map(Self.rolled)))
  }

  /// Each row's predecessor, wrapping around.
  private static func rolled(_ rows: Tensor) throws -> Tensor {
    let count = rows.shape[0]
    return try Tensor.concatenated(
      [rows.sliced(0, count - 1..<count), rows.sliced(0, 0..<count - 1)], dim: 0)
  }

  /// The total loss, then the terms velocity, alignment, class token and contrastive.
  private func losses(_ value: ObjectiveValue) throws -> [Double] {
    let terms = Dictionary(uniqueKeysWithValues: value.terms)
    let names = ["flow_matching", "alignment", "class_token", "contrastive"]
    return try [value.total.item()] + names.map { try #require(terms[$0]).item() }
  }

  /// Our outputs for the roles of a loss.
  func answers(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let value = try value(golden)
    try value.total.backward()
    let gradients = try tiny.model.gradients(in: golden.params.parameterOrder)
    #expect(golden.params.parameterOrder == tiny.model.trainableParameters.map(\.name))
    var answers = try pass(golden).merging(gradients) { $1 }
    let losses = try losses(value)
    answers["losses"] = try Tensor(losses, shape: [losses.count])
    answers["per_sample"] = value.perImage
    return answers
  }

  /// The noisy state, and the network's output for it.
  private func pass(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let times = try times(golden)
    let noisy = try FlowMatching().noised(
      tiny.pair("x0", "c0", of: golden), tiny.pair("noise", "noise_cls", of: golden), times)
    let run = try tiny.run(
      golden, noisy, time: Tensor(times, shape: [times.count], dtype: .float32))
    var answers = run.answers
    answers["t"] = try Tensor(times, shape: [times.count])
    (answers["x_t"], answers["c_t"]) = (noisy.item, noisy.classToken)
    let token = try #require(run.output.prediction.classToken)
    let other = try Self.rolled(
      fixture.input("noise_cls", of: golden) - fixture.input("c0", of: golden))
    answers["cfm_cls_unused"] = try -(token - other).squared().mean()
    return answers
  }

  /// Our outputs for the roles of several steps; after the last step the loss is computed once more.
  func optimizerSteps(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let run = try OptimizerRun(tiny.model, golden.params) { try value(golden) }
    let rows = try run.values.map { value in
      let losses = try losses(value)
      return try Tensor(losses, shape: [losses.count])
    }
    return run.answers.merging(["losses": try Tensor.stacked(rows)]) { $1 }
  }
}
