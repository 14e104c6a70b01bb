import Datasets
import Diagnostics
import Encoders
import Foundation
import Pictures
import Scores
import Tensors

/// One evaluation. Features are computed when a score first needs them.
final class EvaluationPass {
  let evaluator: Evaluator
  let pictures: any PictureDataset
  let count: Int
  private let origin: [(name: String, value: String)]
  let progress: Evaluator.Progress
  lazy var own = Result { try extraction(of: pictures) }
  lazy var reference = Result { try extraction(of: referencePictures()) }
  lazy var pairing = Result {
    try PicturePairing(pictures, with: referencePictures(), count: count)
  }
  private var kept: [String: Tensor] = [:]
  /// The Fréchet distance for growing numbers of pictures, once it was requested.
  var extrapolation: FrechetExtrapolation?

  init(
    _ evaluator: Evaluator, _ pictures: any PictureDataset, count: Int,
    origin: [(name: String, value: String)], progress: @escaping Evaluator.Progress
  ) {
    self.evaluator = evaluator
    self.pictures = pictures
    self.count = count
    self.origin = origin
    self.progress = progress
  }

  // MARK: Features

  private func extraction(of pictures: any PictureDataset) throws -> FeatureExtraction {
    guard let network = evaluator.network else {
      throw PeregrineError(
        .usage, doing: "scoring `\(pictures.summary.name)`", found: "no feature network",
        expected: "one for these scores", advice: "Name it with `--features` and `--weights`.")
    }
    var extraction = try FeatureExtraction(pictures, network, cache: evaluator.cache)
    extraction.batchSize = evaluator.batchSize
    extraction.warn = evaluator.warn
    return extraction
  }

  /// Computes the features for nearest neighbours and for the plot of features.
  func prepareNeighbours() throws {
    guard evaluator.network?.network.outputs[.pooled] != nil,
      let places = evaluator.neighbourPictures ?? evaluator.reference.pictures,
      places.summary.count <= EvaluationResult.mostNeighbourPictures
    else { return }
    try extraction(of: pictures).extract([.pooled], count: count, progress: told(.features))
    try extraction(of: places).extract(
      [.pooled], count: places.summary.count, progress: told(.referenceFeatures))
  }

  func told(_ stage: Evaluator.Stage) -> (Int, Int) -> Bool {
    { [progress] done, total in progress(stage, done, total) }
  }

  func features(_ output: FeatureOutput) throws -> Tensor {
    try kept(output, own.get(), count, .features)
  }

  func referenceFeatures(_ output: FeatureOutput) throws -> Tensor {
    try kept(output, reference.get(), referencePictures().summary.count, .referenceFeatures)
  }

  private func kept(
    _ output: FeatureOutput, _ extraction: FeatureExtraction, _ count: Int, _ stage: Evaluator.Stage
  ) throws -> Tensor {
    let key = "\(stage) \(output)"
    if let known = kept[key] { return known }
    try extraction.extract([output], count: count, progress: told(stage))
    let features = try extraction.features(output, count: count)
    kept[key] = features
    return features
  }

  func referencePictures() throws -> any PictureDataset {
    if let pictures = evaluator.reference.pictures { return pictures }
    throw PeregrineError(
      .usage, doing: "comparing with `\(evaluator.reference.name)`",
      found: "mean and covariance only", expected: "pictures, for this score",
      advice: "Ask for `fd`, or name a reference with pictures.")
  }

  /// Statistics in the reference's file take precedence over those of its pictures.
  func referenceStatistics(_ output: FeatureOutput) throws -> GaussianStatistics {
    let width = evaluator.network?.network.outputs[output] ?? 0
    if let given = try evaluator.reference.statistics(output, width: width) { return given }
    return try reference.get().statistics(
      output, count: referencePictures().summary.count, progress: told(.referenceFeatures))
  }

  // MARK: The protocol

  /// A description of what a score compares the pictures with.
  enum Counterpart { case nothing, referencePictures, referenceStatistics }

  /// Everything that must agree before two scores may be compared, from the metric to how pictures
  /// were sampled.
  func fields(
    _ metric: [(name: String, value: String)], _ output: FeatureOutput?,
    against counterpart: Counterpart = .referencePictures
  ) throws -> ScoreProtocol {
    var fields = metric
    if let output, let named = evaluator.network {
      fields += [
        ("network", named.network.name),
        ("network_weights", String(named.weightsSha256.prefix(16))),
        ("input", named.network.input.description),
        ("output", "\(output.rawValue), \(named.network.outputs[output] ?? 0) wide"),
      ]
    }
    let shape = pictures.summary.itemShape.dimensions
    fields += [("pictures", "\(count)"), ("picture_size", "\(shape[2]) x \(shape[1])")]
    if counterpart != .nothing {
      let reference = evaluator.reference
      let known =
        counterpart == .referenceStatistics
        ? reference.statisticsCount(output ?? .pooled) : reference.pictures?.summary.count
      fields += [
        ("reference", reference.name),
        ("reference_content", try String(reference.contentHash(evaluator.contentMemo).prefix(16))),
        ("reference_pictures", known.map { "\($0)" } ?? "not recorded"),
      ]
    }
    return try ScoreProtocol(
      fields: (fields + origin).map { .init(name: $0.name, value: $0.value) })
  }
}
