import Datasets
import Diagnostics
import DiffusionMath
import Models
import Samples
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

@Suite struct RoutedTrainingTests {
  private let settings = ["routing.method=tread", "routing.routes=1-3", "routing.rate=0.5"]

  private func refusal(_ settings: [String]) throws -> PeregrineError? {
    let tiny = try TinyRun(settings)
    return #expect(throws: PeregrineError.self) { try tiny.layers.resolved() }
  }

  @Test(arguments: [0, 2]) func twentyStepsAreSevenAndThirteen(microBatch: Int) throws {
    let tiny = try TinyRun(settings + ["training.micro_batch_size=\(microBatch)"])
    #expect(try tiny.train("whole") == .finished)
    #expect(try tiny.train("parts", stoppingAfter: 7) == .interrupted)
    #expect(try tiny.train("parts") == .finished)
    #expect(try tiny.tensors("whole") == tiny.tensors("parts"))
    #expect(try tiny.records("whole") == tiny.records("parts"))
  }

  @Test func rateZeroIsNoRoutingBitForBit() throws {
    let plain = try TinyRun()
    try plain.train("run")
    let off = try TinyRun(settings + ["routing.rate=0"])
    try off.train("run")
    #expect(try plain.tensors("run") == off.tensors("run"))
    let on = try TinyRun(settings)
    try on.train("run")
    #expect(try plain.tensors("run") != on.tensors("run"))
  }

  @Test func theRouteIsInTrainingAndNotInValidation() throws {
    let tiny = try TinyRun(settings + ["training.precision=float64"])
    let recipe = try tiny.layers.resolved()
    let source = try TrainingData(recipe)
    let session = try TrainingSession(recipe, source: source)
    let batch = try source.training.batch(0..<4)
    // A fresh model predicts exactly zero; a few steps make it depend on everything.
    for _ in 0..<3 { try session.step(batch) }
    let routing = try #require(session.routing)
    func losses(_ routing: (any TokenRouting)?) throws -> [Double] {
      try session.evaluate(batch, rows: 0..<4, draws: Draws(.validation, seed: 0), routing: routing)
        .perImage.scalars(Double.self)
    }
    let plain = try losses(nil)
    #expect(try losses(routing) != plain)
    let dense = try TinyRun(["training.precision=float64"]).layers.resolved()
    let other = try TrainingSession(dense, source: source)
    try other.model.shareParameters(of: session.model)
    #expect(
      try other.evaluate(batch, rows: 0..<4, draws: Draws(.validation, seed: 0)).perImage
        .scalars(Double.self) == plain)
  }

  @Test func theEstimateCountsRoutedWork() throws {
    let dense = try TrainingEstimate.measure(TinyRun().layers.resolved(), steps: 1, seconds: 0)
    let routed = try TrainingEstimate.measure(
      TinyRun(settings).layers.resolved(), steps: 1, seconds: 0)
    let model = try SiTConfiguration(
      preset: "SiT-Ti/8", item: [3, 32, 32], conditions: ConditionShape(classes: 1)
    ).makeBackbone()
    #expect(model.tokenCount == 16)
    let saved = 9 * (model.blockFLOPs(0, tokens: 16) - model.blockFLOPs(0, tokens: 8))
    #expect(abs(dense.flopsPerImage - saved - routed.flopsPerImage) < 1)
  }

  @Test func theRouteMayBeLeftToTheMethod() throws {
    let recipe = try TinyRun(["routing.method=tread"]).layers.resolved()
    let routing = try #require(try recipe.makeRouting(depth: 12) as? TREAD)
    #expect(routing.routes == [TREAD.Route(blocks: 2...8, rate: 0.5)])
    let two = try TinyRun(settings + ["routing.routes=0-1, 3-4", "routing.selection=rows"])
    let routes = try #require(try two.layers.resolved().makeRouting(depth: 6) as? TREAD)
    #expect(routes.routes.map(\.blocks) == [0...1, 3...4])
    #expect(routes.selection == .rows)
    #expect(try TinyRun().layers.resolved().makeRouting(depth: 6) == nil)
  }

  @Test func routesThatTheBackboneLacksAreRefusedByName() throws {
    let beyond = try refusal(settings + ["routing.routes=2-8"])
    #expect(beyond?.code == .usage)
    #expect(beyond?.found == "the route 2-8")
    #expect(beyond?.expected.contains("the backbone has 6") == true)
    for text in ["3", "3-1", "a-b", "1-2-3", "1-3;4-5"] {
      let error = try refusal(settings + ["routing.routes=\(text)"])
      #expect(error?.found == "`routing.routes: \(text)`")
    }
    #expect(try refusal(settings + ["routing.rate=1"])?.found == "`routing.rate: 1.0`")
    #expect(try refusal(["routing.method=spirnt"])?.expected == "one of none, tread, sprint")
    #expect(try refusal(["model.preset=DiT-B/2"])?.expected.contains("SiT, JLT") == true)
  }
}
