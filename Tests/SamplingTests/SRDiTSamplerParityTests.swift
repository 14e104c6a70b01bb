import Diagnostics
import DiffusionMath
import Models
import Nets
import Sampling
import Tensors
import TestSupport
import Testing

/// SR-DiT's sampler against the reference, every step of the way.
@Suite(.enabled(if: SRDiTTiny.exists))
struct SRDiTSamplerParityTests {
  private let golden: SRDiTTiny
  private var fixture: GoldenFixture { golden.fixture }

  init() throws { golden = try SRDiTTiny() }

  private func sampler(_ params: GoldenFixture.Parameters) throws -> Sampler {
    var sampler = Sampler()
    sampler.solver = .eulerMaruyama
    sampler.steps = try #require(params.steps)
    sampler.shift = TimeShift(factor: try #require(params.shift))
    sampler.guidance = Guidance(
      scale: try #require(params.cfgScale), low: try #require(params.guidanceLow),
      high: try #require(params.guidanceHigh))
    sampler.guidance.classTokenScale = params.clsCfgScale ?? 0
    if params.nullBranchUsesPathDrop == true {
      sampler.guidance.weak = .withoutPath(middle: SRDiTTiny.middle, dropsLabel: true)
    }
    return sampler
  }

  @Test(arguments: [
    "em_plain", "em_plain_shift", "em_cfg", "em_cfg_shift", "em_cfg_shift_cls_unguided",
    "em_cfg_shift_upper_limit", "em_pathdrop", "em_pathdrop_shift",
  ])
  func samplesMatch(id: String) throws {
    let golden = try fixture.case(id)
    let sampler = try sampler(golden.params)
    let noise = try self.golden.pair("noise", "noise_cls", of: golden)
    var seen: [DiffusionState] = []
    let samples = try sampler.sample(
      self.golden.model, labels: self.golden.integers("y", of: golden),
      start: self.golden.pair("x", "cls", of: golden),
      stepNoise: { step in try noise.map { try $0.sliced(0, step..<step + 1).squeezed(0) } },
      observe: { index, state in
        #expect(index == seen.count)
        seen.append(state)
      })

    #expect(try fixture.deviation("x", of: golden, samples.item) <= 1)
    let states = try Tensor.stacked(seen.map(\.item))
    #expect(try fixture.deviation("traj_x", of: golden, states) <= 1)
    let tokens = try Tensor.stacked(seen.map { try #require($0.classToken) })
    #expect(try fixture.deviation("traj_cls", of: golden, tokens) <= 1)
    let times = sampler.grid.times
    let grid = try Tensor(times, shape: [times.count])
    #expect(try fixture.deviation("grid", of: golden, grid) <= 1)
    #expect(times.dropLast().map { sampler.guidance.isActive(at: $0) } == golden.params.guidedStep)
  }

  @Test(arguments: [Solver.euler, .heun])
  func otherSolversReachTheDataToo(solver: Solver) throws {
    let golden = try fixture.case("em_plain")
    let start = try self.golden.pair("x", "cls", of: golden)
    let sample = { (steps: Int) in
      var sampler = Sampler()
      sampler.solver = solver
      sampler.steps = steps
      return try sampler.sample(
        self.golden.model, labels: [1, 2], start: start, stepNoise: { _ in start })
    }
    let (coarse, fine, finest) = (try sample(4), try sample(16), try sample(64))
    let distance = { (a: DiffusionState, b: DiffusionState) in
      try PlainArray(a.item).distance(to: PlainArray(b.item))
    }
    #expect(try distance(fine, finest) < 0.5 * distance(coarse, finest))
  }

  @Test func labelsBeyondTheNullClassAreRefused() throws {
    let golden = try fixture.case("em_plain")
    let start = try self.golden.pair("x", "cls", of: golden)
    let error = #expect(throws: PeregrineError.self) {
      try Sampler().sample(
        self.golden.model, labels: [1, 11], start: start, stepNoise: { _ in start })
    }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("11") == true)
  }
}
