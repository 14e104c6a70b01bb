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

/// Tries averages of several relative lengths on a finished run: held-out loss, and scores if asked for.
///
/// - Source: Karras et al., EDM2, arXiv 2312.02696, section 3.3.
public final class EMASweep {
  /// What one length gives.
  public struct Row: Encodable, Sendable {
    /// The length relative to training.
    public let length: Double
    /// How far the profile put together is from the one asked for; 0 is exact.
    public let mismatch: Double
    /// The mean loss of the held-out part, with the draws of training's validation; `nil` without one.
    public let heldOutLoss: Double?
    /// The scores of drawn pictures, in the order they were asked for.
    public let scores: [Score]
  }

  /// What the run was trained with.
  public var recipe: Recipe { session.recipe }
  /// The same as text, for changes over it.
  public let layers: RecipeLayers
  /// The images at the end of the averages.
  public let images: Int
  private let run: RunLayout
  private let snapshots: AverageSnapshots
  private let session: TrainingSession

  /// Opens a run with its data.
  ///
  /// - Parameters:
  ///   - images: where the averages end; the newest snapshots unless given.
  ///   - device: what to compute on; the recipe's device unless given.
  /// - Throws: ``PeregrineError`` `.missingInput` with advice when the run stored no snapshots.
  public init(_ run: RunLayout, atImages images: Int? = nil, device: String? = nil) throws {
    self.run = run
    _ = try run.checkpoint()
    snapshots = AverageSnapshots(of: run)
    self.images = try snapshots.place(atImages: images)
    layers = try RecipeLayers(file: run.recipe)
    var recipe = try layers.resolved()
    if let device { recipe.training.device = device }
    let source = try TrainingData(recipe)
    try source.description.requireSame(asIn: run)
    session = try TrainingSession(recipe, source: source)
  }

  /// The weights of one length.
  public func average(length: Double) throws -> ReconstructedAverage {
    try snapshots.reconstruct(length: length, atImages: images)
  }

  /// Measures the weights of one length.
  ///
  /// - Throws: what reconstruction throws, and `.interrupted` when `progress` says to stop.
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

  /// The column a sweep is judged by, and the place of its best row: the first score when there are
  /// scores, else the held-out loss.
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
