import Data
import Diagnostics
import Encoders
import Foundation
import Metrics
import Pictures
import Tensors

/// One evaluation under way: features are computed when a score first asks for them.
final class Scoring {
  private let evaluator: Evaluator
  private let pictures: any PictureDataset
  private let count: Int
  private let origin: [(name: String, value: String)]
  private let progress: Evaluator.Progress
  private lazy var own = Result { try extraction(of: pictures) }
  private lazy var reference = Result { try extraction(of: referencePictures()) }
  private var kept: [String: Tensor] = [:]

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

  /// The scores of a metric; precision comes with recall, density with coverage.
  func scores(of metric: Metric) throws -> [Score] {
    switch metric {
    case .fd: [try frechet(.pooled, .frechetDistance)]
    case .sfid: [try frechet(.spatial, .spatialFrechetDistance)]
    case .fdInfinity: [try extrapolated()]
    case .kid: [try kernel()]
    case .inceptionScore: [try inception()]
    case .precisionRecall: try precisionRecall()
    case .densityCoverage: try densityCoverage()
    case .accuracy: [try accuracy()]
    case .neighbourAccuracy: [try neighbourAccuracy()]
    case .psnr, .ssim, .relativeL1: [try paired(metric)]
    }
  }

  /// The Fréchet distance at growing numbers of pictures, once it was asked for.
  private(set) var extrapolation: FrechetExtrapolation?

  // MARK: Scores

  private func frechet(_ output: FeatureOutput, _ name: ScoreName) throws -> Score {
    let few = evaluator.allowsFewSamples
    let distance = try FrechetReference(referenceStatistics(output), allowingFewSamples: few)
      .distance(
        to: own.get().statistics(output, count: count, progress: told(.features)),
        allowingFewSamples: few)
    return try Score(
      name, distance.value,
      protocolRecord: fields(
        [("metric", "Fréchet distance by symmetric eigenvalues, float64")], output))
  }

  private func extrapolated() throws -> Score {
    let smallest = evaluator.smallestSubset
    let fit = try FrechetExtrapolation(
      generated: features(.pooled),
      reference: FrechetReference(
        referenceStatistics(.pooled), allowingFewSamples: evaluator.allowsFewSamples),
      smallest: smallest, seed: evaluator.seed,
      allowingFewSamples: evaluator.allowsFewSamples)
    extrapolation = fit
    return try Score(
      .frechetInfinity, fit.value, error: fit.deviationOverShuffles,
      errorMeaning: "deviation over \(fit.shuffleCount) shuffles, not over generation seeds",
      protocolRecord: fields(
        [
          ("metric", "Fréchet distance extrapolated over 1/n, float64"),
          ("subsets", "\(fit.points.count) from \(smallest), \(fit.shuffleCount) shuffles"),
          ("seed_of_subsets", "\(evaluator.seed)"),
        ], .pooled))
  }

  private func kernel() throws -> Score {
    let (generated, real) = (try features(.pooled), try referenceFeatures(.pooled))
    let distance = try KernelDistance.overBlocks(
      generated: generated, reference: real,
      blockSize: evaluator.blockSize
        ?? KernelDistance.usualBlockSize(generated: count, reference: real.shape[0]),
      seed: evaluator.seed)
    return try Score(
      .kernelDistance, distance.value, error: distance.error, errorMeaning: distance.errorMeaning,
      protocolRecord: fields(
        [
          ("metric", "squared maximum mean discrepancy, kernel (x·y/d + 1)³, unbiased, float64"),
          ("block_size", "\(distance.blockSize)"), ("seed_of_blocks", "\(evaluator.seed)"),
        ], .pooled))
  }

  private func inception() throws -> Score {
    let score = try InceptionScore(logits: features(.logits))
    return try Score(
      .inceptionScore, score.mean, error: score.deviation,
      errorMeaning: "deviation over \(score.splits) splits",
      protocolRecord: fields(
        [("metric", "Inception Score, \(score.splits) splits in order, float64")], .logits,
        comparesReference: false))
  }

  private func precisionRecall() throws -> [Score] {
    let value = try PrecisionRecall(
      generated: features(.pooled), reference: referenceFeatures(.pooled))
    let record = try fields([("metric", "nearest-neighbour balls, k = \(value.neighbours)")], .pooled)
    return [
      try Score(.precision, value.precision, protocolRecord: record),
      try Score(.recall, value.recall, protocolRecord: record),
    ]
  }

  private func densityCoverage() throws -> [Score] {
    let value = try DensityCoverage(
      generated: features(.pooled), reference: referenceFeatures(.pooled))
    let record = try fields([("metric", "nearest-neighbour balls, k = \(value.neighbours)")], .pooled)
    return [
      try Score(.density, value.density, protocolRecord: record),
      try Score(.coverage, value.coverage, protocolRecord: record),
    ]
  }

  private func accuracy() throws -> Score {
    let classes = pictures.summary.classNames.count
    let logits = try features(.logits)
    guard classes == logits.shape[1] else {
      throw PeregrineError(
        .usage, doing: "measuring class accuracy", found: "\(classes) classes in the pictures",
        expected: "the network's \(logits.shape[1])",
        advice: "Use `neighbour_accuracy`, or a classifier of these classes.")
    }
    return try share(
      .accuracy, ClassAccuracy.share(logits: logits, classes: own.get().labels(count: count)),
      [("metric", "the network's first class is the wanted one")], .logits)
  }

  private func neighbourAccuracy() throws -> Score {
    let (mine, theirs) = (pictures.summary.classNames, try referencePictures().summary.classNames)
    guard !mine.isEmpty, mine.count == theirs.count else {
      throw PeregrineError(
        .usage, doing: "measuring the accuracy of nearest neighbours",
        found: "\(mine.count) classes in the pictures and \(theirs.count) in the reference",
        expected: "the same classes in both")
    }
    let nearest = try NearestNeighbours(
      queries: features(.pooled), reference: referenceFeatures(.pooled), count: 1, by: .cosine)
    let known = try reference.get().labels(count: referencePictures().summary.count)
    let wanted = try own.get().labels(count: count)
    let right = zip(nearest.indices, wanted).count { known[$0[0]] == $1 }
    return try share(
      .neighbourAccuracy, Proportion(right: right, count: count),
      [("metric", "the nearest reference picture by cosine is of the wanted class")], .pooled)
  }

  private func share(
    _ name: ScoreName, _ share: Proportion, _ own: [(name: String, value: String)],
    _ output: FeatureOutput
  ) throws -> Score {
    try Score(
      name, share.value, error: (share.high - share.low) / 2,
      errorMeaning: "half of the 95 % Wilson interval", protocolRecord: fields(own, output))
  }

  private func paired(_ metric: Metric) throws -> Score {
    let reference = try referencePictures()
    guard reference.summary.count >= count else {
      throw PeregrineError(
        .usage, doing: "comparing pictures one by one",
        found: "\(reference.summary.count) reference pictures", expected: "\(count), one for each")
    }
    let values = try (0..<count).map { index in
      let (picture, original) = (try pictures.picture(at: index), try reference.picture(at: index))
      return switch metric {
      case .psnr: try PictureDistance.psnr(picture, original)
      case .ssim: try PictureDistance.ssim(picture, original)
      default: try PictureDistance.relativeL1(picture, original)
      }
    }
    let mean = values.reduce(0, +) / Double(count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = count > 1 ? (squares / Double(count - 1) / Double(count)).squareRoot() : nil
    return try Score(
      ScoreName(rawValue: metric.rawValue), mean, error: error,
      errorMeaning: error.map { _ in "standard error over \(count) pictures" },
      protocolRecord: fields([("metric", "mean over pictures of the same number, 0…255")], nil))
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
    return extraction
  }

  private func told(_ stage: Evaluator.Stage) -> (Int, Int) -> Bool {
    { [progress] done, total in progress(stage, done, total) }
  }

  private func features(_ output: FeatureOutput) throws -> Tensor {
    try kept(output, own.get(), count, .features)
  }

  private func referenceFeatures(_ output: FeatureOutput) throws -> Tensor {
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

  private func referencePictures() throws -> any PictureDataset {
    if let pictures = evaluator.reference.pictures { return pictures }
    throw PeregrineError(
      .usage, doing: "comparing with `\(evaluator.reference.name)`",
      found: "mean and covariance only", expected: "pictures, for this score",
      advice: "Ask for `fd`, or name a reference with pictures.")
  }

  /// Statistics that the reference's file holds go before those of its pictures.
  private func referenceStatistics(_ output: FeatureOutput) throws -> GaussianStatistics {
    let width = evaluator.network?.network.outputs[output] ?? 0
    if let given = try evaluator.reference.statistics(output, width: width) { return given }
    return try reference.get().statistics(
      output, count: referencePictures().summary.count, progress: told(.referenceFeatures))
  }

  // MARK: The protocol

  /// What must agree before two scores may be compared, from the metric to the way pictures were drawn.
  private func fields(
    _ metric: [(name: String, value: String)], _ output: FeatureOutput?,
    comparesReference: Bool = true
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
    let shape = pictures.summary.itemShape
    fields += [("pictures", "\(count)"), ("picture_size", "\(shape[2]) x \(shape[1])")]
    if comparesReference {
      let reference = evaluator.reference
      fields += [
        ("reference", reference.name),
        ("reference_content", try String(reference.contentHash(evaluator.contentMemo).prefix(16))),
        ("reference_pictures", reference.pictures.map { "\($0.summary.count)" } ?? "not recorded"),
      ]
    }
    return try ScoreProtocol((fields + origin).map { .init(name: $0.name, value: $0.value) })
  }
}
