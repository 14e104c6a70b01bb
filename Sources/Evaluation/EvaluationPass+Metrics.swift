import Datasets
import Diagnostics
import Encoders
import Foundation
import Pictures
import Scores
import Tensors

/// The computation of each metric, with its protocol.
extension EvaluationPass {
  /// The scores of a metric: precision and recall are computed together, and so are density and
  /// coverage.
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

  private func frechet(_ output: FeatureOutput, _ name: ScoreName) throws -> Score {
    let few = evaluator.allowsFewSamples
    let distance = try FrechetReference(referenceStatistics(output), allowingFewSamples: few)
      .distance(
        to: own.get().statistics(output, count: count, progress: told(.features)),
        allowingFewSamples: few)
    return try Score(
      name, distance.value,
      protocolRecord: fields(
        [("metric", "Fréchet distance by symmetric eigenvalues, float64")] + fewPictures(output),
        output, against: .referenceStatistics))
  }

  /// Records in the protocol that a distance was allowed in spite of too few pictures.
  private func fewPictures(_ output: FeatureOutput) -> [(name: String, value: String)] {
    let fewest = min(count, evaluator.reference.statisticsCount(output) ?? .max)
    return fewest < 2 * (evaluator.network?.network.outputs[output] ?? 0)
      ? [("few_pictures", "fewer than twice the width, allowed")] : []
  }

  private func extrapolated() throws -> Score {
    let smallest = evaluator.smallestSubset
    let fit = try FrechetExtrapolation(
      generated: features(.pooled),
      reference: FrechetReference(
        referenceStatistics(.pooled), allowingFewSamples: evaluator.allowsFewSamples),
      smallest: smallest, seed: evaluator.seed,
      allowingFewSamples: evaluator.allowsFewSamples
    ) { [progress] done, total in
      guard progress(.extrapolating, done, total) || done == total else {
        throw PeregrineError(
          .interrupted, doing: "extrapolating the Fréchet distance",
          found: "a request to stop after \(done) of \(total) orders",
          advice: "The same command begins this step again.")
      }
    }
    extrapolation = fit
    return try Score(
      .frechetInfinity, fit.value, error: fit.deviationOverShuffles,
      errorMeaning: "deviation over \(fit.shuffleCount) shuffles, not over generation seeds",
      protocolRecord: fields(
        [
          ("metric", "Fréchet distance extrapolated over 1/n, float64"),
          ("subsets", "\(fit.points.count) from \(smallest), \(fit.shuffleCount) shuffles"),
          ("seed_of_subsets", "\(evaluator.seed)"),
        ] + fewPictures(.pooled), .pooled, against: .referenceStatistics))
  }

  private func kernel() throws -> Score {
    let (generated, real) = (try features(.pooled), try referenceFeatures(.pooled))
    let size =
      evaluator.blockSize
      ?? KernelDistance.usualBlockSize(generated: count, reference: real.shape[0])
    let distance =
      size == 0
      ? try KernelDistance.overAllPairs(generated: generated, reference: real)
      : try KernelDistance.overBlocks(
        generated: generated, reference: real, blockSize: size, seed: evaluator.seed)
    return try Score(
      .kernelDistance, distance.value, error: distance.error, errorMeaning: distance.errorMeaning,
      protocolRecord: fields(
        [
          ("metric", "squared maximum mean discrepancy, kernel (x·y/d + 1)³, unbiased, float64"),
          ("block_size", size == 0 ? "all pairs at once" : "\(size)"),
          ("seed_of_blocks", "\(evaluator.seed)"),
        ], .pooled))
  }

  private func inception() throws -> Score {
    let score = try InceptionScore(logits: features(.logits))
    return try Score(
      .inceptionScore, score.value, error: score.deviationOverParts,
      errorMeaning: "deviation over \(score.partCount) parts",
      protocolRecord: fields(
        [("metric", "Inception Score, \(score.partCount) parts in order, float64")], .logits,
        against: .nothing))
  }

  private func precisionRecall() throws -> [Score] {
    let value = try PrecisionRecall(
      generated: features(.pooled), reference: referenceFeatures(.pooled))
    let record = try fields(
      [("metric", "nearest-neighbour balls, k = \(value.neighbours)")], .pooled)
    return [
      try Score(.precision, value.precision, protocolRecord: record),
      try Score(.recall, value.recall, protocolRecord: record),
    ]
  }

  private func densityCoverage() throws -> [Score] {
    let value = try DensityCoverage(
      generated: features(.pooled), reference: referenceFeatures(.pooled))
    let record = try fields(
      [("metric", "nearest-neighbour balls, k = \(value.neighbours)")], .pooled)
    return [
      try Score(.density, value.density, protocolRecord: record),
      try Score(.coverage, value.coverage, protocolRecord: record),
    ]
  }

  private func accuracy() throws -> Score {
    let match = try evaluator.classifierClasses(of: pictures.summary.classNames)
    let wanted = try own.get().labels(count: count).map { match($0) }
    return try share(
      .accuracy, Proportion.classAccuracy(logits: features(.logits), wanted: wanted),
      [("metric", "the network's first class is the wanted one")] + said(match), .logits)
  }

  private func neighbourAccuracy() throws -> Score {
    let match = try evaluator.referenceClasses(of: pictures.summary.classNames)
    let nearest = try NearestNeighbours(
      of: features(.pooled), among: referenceFeatures(.pooled), count: 1, metric: .cosine
    ).indices.scalars(Int64.self)
    let known = try reference.get().labels(count: referencePictures().summary.count)
    let wanted = try own.get().labels(count: count).map { match($0) }
    let right = zip(nearest, wanted).count { known[Int($0)] == $1 }
    return try share(
      .neighbourAccuracy, Proportion(right: right, count: count),
      [("metric", "the nearest reference picture by cosine is of the wanted class")] + said(match),
      .pooled)
  }

  private func said(_ match: ClassCorrespondence) -> [(name: String, value: String)] {
    match.isByNumber ? [("classes", "matched by number, for lack of names")] : []
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
    let (reference, pairing) = (try referencePictures(), try pairing.get())
    let values = try pairing.places.enumerated().map { index, place in
      let (picture, original) = (try pictures.picture(at: index), try reference.picture(at: place))
      return switch metric {
      case .psnr: try signalToNoise(picture, original, index)
      case .ssim: try picture.structuralSimilarity(to: original)
      default: try picture.relativeL1(against: original)
      }
    }
    let mean = values.reduce(0, +) / Double(count)
    let squares = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
    let pairs = Double(count * (count - 1))
    let error: Double? = count > 1 ? (squares / pairs).squareRoot() : nil
    return try Score(
      ScoreName(rawValue: metric.rawValue), mean, error: error,
      errorMeaning: error.map { _ in "standard error over \(count) pictures" },
      protocolRecord: fields(
        [("metric", "mean over pictures of the same \(pairing.basis.rawValue), 0…255")], nil))
  }

  private func signalToNoise(_ picture: Picture, _ original: Picture, _ index: Int) throws
    -> Double
  {
    let value = try picture.signalToNoise(against: original)
    guard value.isFinite else {
      throw PeregrineError(
        .usage, doing: "measuring the signal-to-noise ratio",
        found: "picture \(index), which equals its reference", expected: "pictures that differ",
        advice: "The ratio of equal pictures is infinite; ask for `ssim` or `relative_l1`.")
    }
    return value
  }
}
