import Datasets
import Diagnostics
import Evaluation
import Foundation
import Recipes
import RunFiles

/// Scores what a run draws: pictures first, kept beside the run, then features, then scores.
public struct RunEvaluator {
  /// How the pictures are scored.
  public var evaluator: Evaluator
  /// How they are drawn.
  public var drawing: Drawing
  /// Which classes they are asked for.
  public var labels = LabelPolicy.balanced
  /// How many.
  public var count = 5_000
  /// The seed of noise and classes.
  public var seed: UInt64 = 0
  /// Which weights draw them, for the protocol.
  public var weightsName = "ema"
  /// Pictures per forward pass while drawing.
  public var batchSize = 64

  /// Scores what some drawing gives; the rest has defaults.
  public init(_ evaluator: Evaluator, drawing: Drawing) {
    (self.evaluator, self.drawing) = (evaluator, drawing)
  }

  /// Refuses what cannot be scored, before anything is drawn.
  package func check(classCount: Int) throws {
    try evaluator.check(count: count)
    _ = try label(classCount)
  }

  private func label(_ classCount: Int) throws -> (Int) -> Int {
    try labels.labels(
      classCount: classCount, seed: seed, reference: evaluator.reference.pictures)
  }

  /// Draws what is missing and scores it.
  ///
  /// - Parameters:
  ///   - sampling: the weights in use.
  ///   - images: the images that they have seen.
  /// - Returns: the scores, and the folder of the pictures in the run.
  /// - Throws: `.interrupted` when `progress` says to stop; the same call goes on.
  public func score(
    _ sampling: PictureSampling, of run: RunLayout, classNames: [String], images: Int,
    progress: @escaping Evaluator.Progress
  ) throws -> (EvaluationResult, URL) {
    try evaluator.check(count: count)
    let set = try SampleSet(
      sampling, drawing: drawing, labels: (labels, label(classNames.count)), seed: seed,
      classNames: classNames,
      images: images, in: run)
    let pictures = try set.draw(count: count, batchSize: batchSize) { done, total in
      progress(.drawing, done, total)
    }
    let origin =
      [("pictures_from", "a run"), ("weights_used", weightsName)] + drawing.protocolFields
      + [("labels", "\(labels.rawValue) over \(classNames.count) classes")]
    let result = try evaluator.score(
      pictures, count: count, origin: origin,
      subject: [
        "run": run.name, "images": "\(images)", "seed": "\(seed)",
        "set": set.folder.lastPathComponent,
      ], progress: progress)
    return (result, set.folder)
  }
}
