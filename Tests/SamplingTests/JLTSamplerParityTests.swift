import DiffusionMath
import Models
import Sampling
import Tensors
import TestSupport
import Testing

/// JLT's samplers through ours: floored clean prediction, guidance in an open interval of the reversed
/// clock. Every state on the way is compared, not only the last.
@Suite(.enabled(if: JLTTiny.exists))
struct JLTSamplerParityTests {
  @Test(arguments: [
    "heun_plain", "heun_cfg_all", "heun_cfg_interval", "euler_cfg_interval", "heun_v_output",
  ]) func trajectoriesMatch(id: String) throws {
    let isVelocity = id == "heun_v_output"
    let tiny = try JLTTiny(predictsVelocity: isVelocity)
    let golden = try tiny.fixture.case(id)
    let params = golden.params
    let interval = try ReversedClock.guidanceInterval(
      low: #require(params.intervalLow), high: #require(params.intervalHigh))
    var sampler = Sampler()
    sampler.prediction = isVelocity ? .velocity : .clean
    sampler.floor = isVelocity ? 0 : 0.05
    sampler.solver = id.hasPrefix("heun") ? .heun : .euler
    sampler.steps = try #require(params.steps)
    sampler.guidance = Guidance(
      scale: try #require(params.cfgScale), low: interval.lowerBound, high: interval.upperBound)
    let recording = RecordingBackbone(tiny.model)
    let diary = Diary()
    let start = try tiny.fixture.input("noise", of: golden)
    let labels = try tiny.fixture.input("y", of: golden).scalars(Int64.self).map { Int($0) }
    let samples = try sampler.sample(
      recording, labels: labels, start: start, policy: diary, stepNoise: { _ in start })

    let states = try recording.inputs.map { try $0.sliced(0, 0..<labels.count) }
    #expect(try tiny.fixture.deviation("traj", of: golden, Tensor.stacked(states)) <= 1)
    #expect(try tiny.fixture.deviation("x", of: golden, samples) <= 1)
    #expect(diary.evaluations.map { ReversedClock.time($0.time) } == params.evaluationTimes)
    #expect(diary.evaluations.map(\.isGuided) == params.guidedEvaluation)
  }
}
