import Diagnostics
import Encoding
import Evaluation
import Foundation
import Nets
import Recipes
import RunFiles
import Runs
import Scores
import Tensors

/// Measures averages of several relative lengths on a finished run: held-out loss, and scores if
/// asked for.
///
/// - Source: Karras et al., EDM2, arXiv 2312.02696, section 3.3.
public final class EMASweep {
  /// The result of one length.
  public struct Row: Encodable, Sendable {
    /// The length relative to training.
    public let length: Double
    /// The relative error of the reconstructed averaging profile; 0 is exact.
    public let mismatch: Double
    /// The mean loss of the held-out part, with the same random draws as the validation in
    /// training; `nil` without a held-out part.
    public let heldOutLoss: Double?
    /// The scores of drawn pictures, in the order of the requested metrics.
    public let scores: [Score]
  }

  /// The recipe of the run.
  public var recipe: Recipe { session.recipe }
  /// The layers of the recipe's text, so that changes can be added.
  public let layers: RecipeLayers
  /// The number of images at the end of the averages.
  public let images: Int
  private let run: RunLayout
  private let snapshots: AverageSnapshots
  private let session: TrainingSession

  /// Opens a run with its data.
  ///
  /// - Parameters:
  ///   - images: where the averages end; by default at the newest snapshots.
  ///   - device: the device to compute on; by default the recipe's.
  /// - Throws: ``PeregrineError`` `.missingInput` with advice if the run stored no snapshots.
  public init(_ run: RunLayout, atImages images: Int? = nil, device: String? = nil) throws {
    self.run = run
    _ = try run.checkpoint()
    snapshots = AverageSnapshots(of: run)
    self.images = try snapshots.place(atImages: images)
    layers = try RecipeLayers(file: run.recipe)
    var recipe = try layers.resolved()
    if let device { recipe.training.device = device }
    let source = try TrainingData(recipe, before: DataDescription.recorded(in: run))
    try source.description.requireSame(asIn: run)
    session = try TrainingSession(recipe, source: source)
  }

  /// The weights of one length.
  public func average(length: Double) throws -> ReconstructedAverage {
    try snapshots.reconstruct(length: length, atImages: images)
  }

  /// Measures the weights of one length.
  ///
  /// - Throws: errors of the reconstruction, and `.interrupted` if `progress` says to stop.
  public func measure(
    _ average: ReconstructedAverage, _ scoring: RunEvaluator? = nil,
    progress: @escaping Evaluator.Progress = { _, _, _ in true }
  ) throws -> Row {
    let count = session.source.validation.summary.count
    guard count > 0 || scoring != nil else {
      throw PeregrineError(
        .usage, doing: "measuring averages of the run `\(run.url.path)`",
        found: "`data.validation_count: 0`", expected: "a held-out part, or pictures to score",
        advice: "Name a reference with `--against`.")
    }
    try session.model.load(average.weights, from: "the snapshots of \(run.name)")
    return try withoutGradients {
      let loss = count == 0 ? nil : try session.heldOutLoss().meanLoss
      let scores = try scoring.map { try score($0, average, progress) } ?? []
      return Row(
        length: average.length, mismatch: average.mismatch, heldOutLoss: loss, scores: scores)
    }
  }

  private func score(
    _ scoring: RunEvaluator, _ average: ReconstructedAverage,
    _ progress: @escaping Evaluator.Progress
  ) throws -> [Score] {
    var scoring = scoring
    scoring.weightsName = average.name
    let description = session.source.description
    let sampling = PictureSampling(
      backbone: session.model,
      decoder: try PictureDecoder(description, device: session.device), device: session.device)
    return try scoring.score(
      sampling, of: run, classNames: description.summary.classNames, images: images,
      progress: progress
    ).0.record.scores
  }

  /// The column that decides a sweep, and the index of its best row. The column is the first score
  /// if there are scores, otherwise the held-out loss.
  public static func best(of rows: [Row]) -> (column: String, index: Int)? {
    if let first = rows.first?.scores.first {
      let sign = first.name.isBetterWhenLower ? 1.0 : -1.0
      let values = rows.map { $0.scores.first.map { sign * $0.value } ?? .infinity }
      return values.indices.min { values[$0] < values[$1] }
        .map { (first.name.rawValue, $0) }
    }
    let losses = rows.map { $0.heldOutLoss ?? .infinity }
    return losses.indices.min { losses[$0] < losses[$1] }.map { ("held_out_loss", $0) }
  }
}
