import Diagnostics
import Nets
import Tensors
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

@Suite struct MagnitudePreservingTrainingTests {
  private static let settings = ["model.preset=MP-SiT-Ti/8", "optimizer.learning_rate=1e-2"]

  @Test(arguments: ["adamw", "muon"]) func aResumedRunIsTheSame(method: String) throws {
    let tiny = try TinyRun(
      Self.settings + ["optimizer.method=\(method)", "training.micro_batch_size=2"])
    try tiny.train("whole")
    try tiny.train("parts", stoppingAfter: 7)
    try tiny.train("parts")
    #expect(try tiny.tensors("whole") == tiny.tensors("parts"))
    #expect(try tiny.records("whole") == tiny.records("parts"))
  }

  /// Lanes share the weights that are renormalised: the number of lanes changes only rounding.
  @Test func weightsStayAtMagnitudeOneInEveryLane() throws {
    func trained(_ micro: Int) throws -> TrainingSession {
      let tiny = try TinyRun(
        Self.settings + ["training.precision=float64", "training.micro_batch_size=\(micro)"])
      let recipe = try tiny.layers.resolved()
      let source = try TrainingData(recipe)
      let session = try TrainingSession(recipe, source: source)
      for start in 0..<4 { try session.step(source.training.batch(4 * start..<4 * start + 4)) }
      return session
    }
    let (one, four) = (try trained(0), try trained(1))
    var moved = 0.0
    for (entry, other) in zip(one.model.trainableParameters, four.model.trainableParameters) {
      let value = entry.parameter.value
      let difference = try (value.detached() - other.parameter.value.detached()).magnitude()
      #expect(try difference.max().item() < 1e-9, "\(entry.name)")
      if value.shape.isEmpty { moved += abs(try value.item()) }
      guard value.shape.count == 2 else { continue }
      let rows = try value.detached().squared().mean([1]).scalars(Double.self)
      #expect(rows.allSatisfy { abs($0 - 1) < 1e-7 }, "\(entry.name)")
    }
    #expect(moved > 0.01)
  }

  @Test func theLossFalls() throws {
    let tiny = try TinyRun(Self.settings + ["training.images=400", "optimizer.ema_decay=0.5"])
    try tiny.train("run")
    let losses = try tiny.records("run").filter { $0.kind == .train }.compactMap(\.loss)
    let (first, last) = (try #require(losses.first), try #require(losses.last))
    #expect(last < 0.9 * first, "\(first) to \(last)")
  }

  @Test(arguments: [
    ["optimizer.weight_decay=0.1"],
    ["optimizer.method=muon", "optimizer.muon_weight_decay=0.1"],
  ])
  func weightDecayIsRefused(settings: [String]) throws {
    let tiny = try TinyRun(Self.settings + settings)
    let error = #expect(throws: PeregrineError.self) { try tiny.layers.resolved() }
    #expect(error?.code == .usage)
    #expect(error?.found.contains("MP-SiT-Ti/8") == true)
    let plain = try TinyRun(settings)
    _ = try plain.layers.resolved()
  }
}
