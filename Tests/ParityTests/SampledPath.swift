import Diagnostics
import DiffusionMath
import Models
import Sampling
import Tensors
import TestSupport
import Testing

/// A trajectory of our sampler, from a case's noise.
struct SampledPath {
  /// The evaluations; none are told of where guidance goes by routes.
  let evaluations: [Evaluation]
  /// The answers to the roles of a trajectory.
  let answers: [String: Tensor]

  /// - Parameter noise: `[steps − 1, batch, …]` for each part of the state, for stochastic solvers.
  init(
    _ sampler: Sampler, _ backbone: any Backbone, labels: [Int], start: DiffusionState,
    noise: DiffusionState?
  ) throws {
    let recording = sampler.guidance.weak.routing == nil ? RecordingPolicy() : nil
    var states: [DiffusionState] = []
    let samples = try sampler.sample(
      backbone, labels: labels, start: start, policy: recording,
      stepNoise: { step in
        try #require(noise).map { try $0.sliced(0, step..<step + 1).squeezed(0) }
      },
      observe: { index, state in
        #expect(index == states.count)
        states.append(state)
      })
    evaluations = recording?.evaluations ?? []
    let (times, items) = (sampler.grid.times, try Tensor.stacked(states.map(\.item)))
    var answers = ["x": samples.item, "traj": items, "traj_x": items]
    answers["grid"] = try Tensor(times, shape: [times.count])
    let tokens = states.compactMap(\.classToken)
    if !tokens.isEmpty { answers["traj_cls"] = try Tensor.stacked(tokens) }
    self.answers = answers
  }

  /// Checks when the network was asked, and whether with guidance, where the case tells.
  func expectEvaluations(of params: GoldenFixture.Parameters, clock: (Double) -> Double = { $0 }) {
    guard let times = params.evaluationTimes else { return }
    #expect(evaluations.map(\.index) == Array(times.indices))
    #expect(zip(evaluations, times).allSatisfy { abs(clock($0.time) - $1) < 1e-12 })
    #expect(evaluations.map(\.isGuided) == params.guidedEvaluation)
  }
}

extension Sampler {
  /// The sampler of a case with our clock.
  init(_ params: GoldenFixture.Parameters) throws {
    self.init()
    solver = try Solver(params.method)
    steps = try #require(params.steps)
    shift = TimeShift(factor: try #require(params.shift))
    guidance = Guidance(
      scale: try #require(params.cfgScale), low: try #require(params.guidanceLow),
      high: try #require(params.guidanceHigh))
    guidance.classTokenScale = params.clsCfgScale ?? 0
  }
}

extension Solver {
  /// The solver by its name in a manifest; without one it is Euler-Maruyama.
  init(_ method: String?) throws {
    switch method ?? "em" {
    case "euler": self = .euler
    case "heun": self = .heun
    case "em": self = .eulerMaruyama
    default:
      throw PeregrineError(
        .badData, doing: "reading a case", found: "the method `\(method ?? "")`",
        expected: "euler, heun or em")
    }
  }
}
