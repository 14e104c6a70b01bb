import Diagnostics
import DiffusionMath
import Models
import Samples
import Sampling
import Tensors
import TestSupport
import Testing

/// A trajectory of our sampler, starting from a case's noise.
struct SampledPath {
  /// The network evaluations; empty for guidance by routes, which does not work with a policy.
  let evaluations: [NetworkEvaluation]
  /// Our outputs for the roles of a trajectory.
  let answers: [String: Tensor]

  /// - Parameter noise: `[steps − 1, batch, …]` for each part of the state, for stochastic solvers.
  init(
    _ sampler: FlowSampler, _ backbone: any Backbone, labels: [Int], start: DiffusionState,
    noise: DiffusionState?
  ) throws {
    let policy = sampler.guidance.weak.routing == nil ? RecordingPolicy() : nil
    let network = RecordingBackbone(backbone)
    let recorded = RecordedNoise { purpose in
      let part = purpose.split(separator: "/")
      let state = part[1] == "initial" ? start : noise
      let values = part[0] == "noise" ? state?.item : state?.classToken
      guard part[1] != "initial", let step = Int(part[1].dropFirst("step-".count)) else {
        return values
      }
      return try values.map { try $0.sliced(0, step..<step + 1).squeezed(0) }
    }
    let classes = try #require(backbone.conditions.classes)
    let samples = try sampler.sample(
      network,
      SampleRequest(
        .init(classes: labels, of: classes), indices: Array(labels.indices), noise: recorded,
        device: .cpu, policy: policy))
    evaluations = policy?.evaluations ?? []
    let states = try Self.evaluated(network.inputs, rows: labels.count)
    let (times, items) = (sampler.grid.times, try Tensor.stacked(states.map(\.item)))
    var answers = ["x": samples, "traj": items, "traj_x": items]
    answers["grid"] = try Tensor(times, shape: [times.count])
    let tokens = states.compactMap(\.classToken)
    if !tokens.isEmpty { answers["traj_cls"] = try Tensor.stacked(tokens) }
    self.answers = answers
  }

  /// The state at each evaluation. With guidance the network sees it twice, in one batch or in two
  /// calls.
  private static func evaluated(_ inputs: [DiffusionState], rows: Int) throws -> [DiffusionState] {
    var states: [DiffusionState] = []
    for input in inputs {
      let state = try input.map { try $0.sliced(0, 0..<rows) }
      if try states.last?.item.bytes() != state.item.bytes() { states.append(state) }
    }
    return states
  }

  /// Checks the times of evaluations, and which of them are guided, if the case records them.
  func expectEvaluations(of params: GoldenFixture.Parameters, clock: (Double) -> Double = { $0 }) {
    guard let times = params.evaluationTimes else { return }
    #expect(evaluations.map(\.index) == Array(times.indices))
    #expect(zip(evaluations, times).allSatisfy { abs(clock($0.time) - $1) < 1e-12 })
    #expect(evaluations.map(\.isGuided) == params.guidedEvaluation)
  }
}

extension FlowSampler {
  /// Creates the sampler of a case in our time convention.
  init(_ params: GoldenFixture.Parameters) throws {
    self.init()
    solver = try Solver(params.method)
    steps = try #require(params.steps)
    formulation.shift = TimeShift(factor: try #require(params.shift))
    guidance = Guidance(
      scale: try #require(params.cfgScale), low: try #require(params.guidanceLow),
      high: try #require(params.guidanceHigh))
    guidance.classTokenScale = params.clsCfgScale ?? 0
  }
}

extension Solver {
  /// Creates a solver from its name in a manifest; without a name it is Euler-Maruyama.
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
