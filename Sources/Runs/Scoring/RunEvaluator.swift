import Datasets
import Diagnostics
import Encoding
import Evaluation
import Foundation
import Recipes
import RunFiles

/// Scores a run: draws pictures, which are kept in the run folder, then computes features and scores.
public struct RunEvaluator {
  /// How the pictures are scored.
  public var evaluator: Evaluator
  /// How the pictures are drawn.
  public var drawing: Drawing
  /// The classes of the pictures.
  public var labels = LabelPolicy.balanced
  /// The number of pictures.
  public var count = 5_000
  /// The seed of noise and classes.
  public var seed: UInt64 = 0
  /// The name of the weights in use, for the protocol.
  public var weightsName = "ema"
  /// The number of pictures per batch when drawing.
  public var batchSize = 64

  /// Creates an evaluator with default settings.
  public init(_ evaluator: Evaluator, drawing: Drawing) {
    (self.evaluator, self.drawing) = (evaluator, drawing)
  }

  /// Rejects settings that cannot be scored for a run with this data, before anything is drawn.
  package func check(_ data: DataDescription) throws {
    try evaluator.check(
      count: count, classNames: data.summary.classNames,
      shape: data.latents == nil ? data.summary.itemShape : nil)
    _ = try label(data.summary.classNames)
  }

  private func label(_ classNames: [String]) throws -> (Int) -> Int {
    try labels.labels(
      classNames: classNames, seed: seed, reference: evaluator.reference.pictures)
  }

  /// Draws the missing pictures and scores all of them.
  ///
  /// - Parameters:
  ///   - sampling: the weights in use.
  ///   - images: the number of images that these weights have seen.
  /// - Returns: the scores, and the folder of the pictures in the run folder.
  /// - Throws: `.interrupted` if `progress` says to stop; the same call then continues.
  public func score(
    _ sampling: PictureSampling, of run: RunLayout, classNames: [String], images: Int,
    progress: @escaping Evaluator.Progress
  ) throws -> (EvaluationResult, URL) {
    try evaluator.check(count: count, classNames: classNames, shape: sampling.pictureShape)
    let set = try SampleSet(
      sampling, drawing: drawing, labels: (labels, label(classNames)), seed: seed,
      classNames: classNames,
      images: images, in: run)
    let pictures = try set.draw(count: count, batchSize: batchSize, warn: evaluator.warn) {
      done, total in
      progress(.drawing, done, total)
    }
    let origin =
      [("pictures_from", "a run"), ("weights_used", weightsName)] + drawing.protocolFields
      + [
        (
          "labels",
          try labels.protocolText(
            classNames: classNames, reference: evaluator.reference.pictures)
        )
      ]
    let result = try evaluator.score(
      pictures, count: count, origin: origin,
      subject: [
        "run": run.name, "images": "\(images)", "seed": "\(seed)",
        "set": set.folder.lastPathComponent,
      ], progress: progress)
    return (result, set.folder)
  }
}
