import DiffusionMath
import Models
import Objectives
import Tensors
import TestSupport
import Testing

/// JLT's two losses and their gradients: clean output with the floored velocity loss, and velocity
/// output.
@Suite(.enabled(if: JLTTiny.exists))
struct JLTLossParityTests {
  @Test(arguments: [("loss_x_output", PredictionTarget.clean), ("loss_v_output", .velocity)])
  func theLossAndItsGradientsMatch(id: String, prediction: PredictionTarget) throws {
    let tiny = try JLTTiny(predictsVelocity: prediction == .velocity)
    let golden = try tiny.fixture.case(id)
    var objective = FlowMatching()
    objective.prediction = prediction
    objective.floor = prediction == .clean ? 0.05 : 0
    let recording = RecordingBackbone(tiny.model)
    let value = try objective.value(
      clean: DiffusionState(tiny.fixture.input("x", of: golden)),
      noise: DiffusionState(tiny.fixture.input("noise", of: golden)),
      times: tiny.fixture.input("t", of: golden).scalars(Double.self).map(ReversedClock.time),
      labels: tiny.fixture.input("y_effective", of: golden).scalars(Int64.self).map { Int($0) },
      backbone: recording)
    #expect(
      try tiny.fixture.deviation("z", of: golden, #require(recording.inputs.first)) <= 1)
    // The recorded velocity is that of JLT's clock.
    let sign = prediction == .velocity ? ReversedClock.rate : 1
    let output = try #require(recording.outputs.first) * sign
    #expect(try tiny.fixture.deviation("net_out", of: golden, output) <= 1)
    #expect(try tiny.fixture.deviation("loss", of: golden, value.total) <= 1)
    try value.total.backward()
    #expect(try tiny.fixture.gradientDeviation(of: golden, tiny.model) <= 1)
  }
}
