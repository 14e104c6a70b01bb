import Datasets
import DiffusionMath
import Objectives
import Samples
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

@Suite struct BatchSplitTests {
  /// The same eight images in one piece, in pieces of 3 and one by one.
  @Test func theLossOfAnImageDoesNotDependOnItsBatch() throws {
    let tiny = try TinyRun(["training.precision=float64", "training.global_batch_size=8"])
    let recipe = try tiny.layers.resolved()
    let source = try TrainingData(recipe)
    let session = try TrainingSession(recipe, source: source)
    let batch = try source.training.batch(0..<8)
    // A fresh model predicts exactly zero; a few steps make it depend on everything.
    for _ in 0..<3 { try session.step(batch) }
    func losses(_ size: Int) throws -> (losses: [Double], times: [Double]) {
      var result: (losses: [Double], times: [Double]) = ([], [])
      for start in stride(from: 0, to: 8, by: size) {
        let value = try session.evaluate(
          batch, rows: start..<min(start + size, 8), draws: Draws(.training, seed: 0))
        result.losses += try value.perImage.scalars(Double.self)
        result.times += value.times
      }
      return result
    }
    let whole = try losses(8)
    for size in [1, 3] {
      let parts = try losses(size)
      #expect(parts.times == whole.times)
      for (part, one) in zip(parts.losses, whole.losses) { #expect(abs(part - one) < 1e-12) }
    }
  }

  @Test func microBatchesTakeTheSameStep() throws {
    func weights(_ micro: Int) throws -> [Double] {
      let tiny = try TinyRun([
        "training.precision=float64", "training.global_batch_size=8",
        "training.micro_batch_size=\(micro)",
      ])
      let recipe = try tiny.layers.resolved()
      let source = try TrainingData(recipe)
      let session = try TrainingSession(recipe, source: source)
      let batch = try source.training.batch(0..<8)
      for _ in 0..<3 { try session.step(batch) }
      return try session.model.state.flatMap { try $0.tensor.scalars(Double.self) }
    }
    let whole = try weights(0)
    let split = try weights(2)
    let worst = zip(whole, split).map { abs($0 - $1) }.max() ?? 1
    print("micro-batches: worst difference of a weight after 3 steps \(worst)")
    #expect(worst < 1e-9)
    #expect(whole.contains { $0 != 0 })
  }
}
