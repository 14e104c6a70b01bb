import Diagnostics
import Models
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

/// A backbone without attention, trained with routes through the same recipes as all others.
@Suite struct MambaTrainingTests {
  private let settings = [
    "model.preset=Mamba-XS/8", "routing.method=tread", "routing.routes=2-10", "routing.rate=0.5",
    "training.images=16", "schedule.validate_every_images=16",
    "schedule.preview_every_images=16",
  ]

  @Test(arguments: ["random", "rows"]) func fourStepsAreTwoAndTwo(selection: String) throws {
    let tiny = try TinyRun(settings + ["routing.selection=\(selection)"])
    #expect(try tiny.train("whole") == .finished)
    #expect(try tiny.train("parts", stoppingAfter: 2) == .interrupted)
    #expect(try tiny.train("parts") == .finished)
    #expect(try tiny.tensors("whole") == tiny.tensors("parts"))
    #expect(try tiny.records("whole") == tiny.records("parts"))
  }

  @Test func theRouteChangesWhatIsLearned() throws {
    let plain = try TinyRun(settings + ["routing.rate=0"])
    try plain.train("run")
    let routed = try TinyRun(settings)
    try routed.train("run")
    #expect(try plain.tensors("run") != routed.tensors("run"))
  }

  /// The published route of 14 blocks.
  @Test func theRouteMayBeLeftToTheMethod() throws {
    let layers = try TinyRun(["model.preset=Mamba-XS/8", "routing.method=tread"]).layers
    let routing = try #require(try layers.resolved().makeRouting(depth: 14) as? TREAD)
    #expect(routing.routes == [TREAD.Route(blocks: 2...10, rate: 0.5)])
  }

  @Test func optionsOfTransformersAreRefusedByName() throws {
    let tiny = try TinyRun(settings + ["model.rotary=true"])
    let error = #expect(throws: PeregrineError.self) { try tiny.layers.resolved() }
    #expect(error?.found.contains("Mamba") == true)
  }
}
