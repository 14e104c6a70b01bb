import DiffusionMath
import Foundation
import Models
import Nets
import Sampling
import Tensors
import TestSupport
import Testing

/// The three solvers with guidance in an interval, with and without shift, against golden numbers.
@Suite struct SamplerParityTests {
  private let fixture: GoldenFixture
  private let model: SiT

  init() throws {
    let golden = try SiTTiny()
    (fixture, model) = (golden.fixture, golden.model)
  }

  @Test(
    arguments: [
      ("euler_cfg", Solver.euler), ("heun_cfg", .heun), ("em_cfg", .eulerMaruyama),
    ], ["", "_shift"])
  func samplesMatch(name: (id: String, solver: Solver), suffix: String) throws {
    let golden = try fixture.case(name.id + suffix)
    let params = golden.params
    var sampler = Sampler()
    sampler.solver = name.solver
    sampler.steps = try #require(params.steps)
    sampler.shift = TimeShift(factor: try #require(params.shift))
    sampler.guidance = Guidance(
      scale: try #require(params.cfgScale), low: try #require(params.guidanceLow),
      high: try #require(params.guidanceHigh))
    let noise = golden.inputs["noise"] == nil ? nil : try fixture.input("noise", of: golden)
    let diary = Diary()
    let samples = try sampler.sample(
      model, labels: fixture.input("y", of: golden).scalars(Int64.self).map { Int($0) },
      start: fixture.input("x", of: golden), policy: diary,
      stepNoise: { try #require(noise).sliced(0, $0..<$0 + 1).squeezed(0) })

    #expect(try fixture.deviation("x", of: golden, samples) <= 1)
    let grid = try fixture.output("grid", of: golden).scalars(Double.self)
    #expect(grid.count == sampler.grid.times.count)
    #expect(zip(grid, sampler.grid.times).allSatisfy { abs($0 - $1) < 1e-12 })
    let times = try #require(params.evaluationTimes)
    #expect(diary.evaluations.map(\.index) == Array(times.indices))
    #expect(zip(diary.evaluations, times).allSatisfy { abs($0.time - $1) < 1e-12 })
    #expect(diary.evaluations.map(\.isGuided) == params.guidedEvaluation)
  }
}
