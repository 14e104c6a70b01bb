import Datasets
import Pictures
import Scores
import Tensors
import Testing

@testable import Evaluation

/// Scores of the evaluator against the same metrics used directly.
@Suite struct EvaluatorTests {
  @Test func scoresAreThoseOfTheFeatures() throws {
    var plain = try PlainEvaluation()
    plain.evaluator.metrics = [
      .fd, .sfid, .fdInfinity, .kid, .inceptionScore, .precisionRecall, .densityCoverage,
    ]
    plain.evaluator.smallestSubset = 40
    plain.evaluator.seed = 5
    let record = try plain.scores()
    let (generated, reference) = (plain.generated, try #require(plain.evaluator.reference.pictures))
    let own = try PlainEvaluation.features(.pooled, of: generated)
    let real = try PlainEvaluation.features(.pooled, of: reference)
    let kernel = try KernelDistance.overBlocks(
      generated: own, reference: real, blockSize: 40, seed: 5)
    let shares = try PrecisionRecall(generated: own, reference: real)
    let balls = try DensityCoverage(generated: own, reference: real)
    let expected: [(ScoreName, Double)] = [
      (.frechetDistance, try FrechetDistance(generated: own, reference: real).value),
      (
        .spatialFrechetDistance,
        try FrechetDistance(
          generated: PlainEvaluation.features(.spatial, of: generated),
          reference: PlainEvaluation.features(.spatial, of: reference)
        ).value
      ),
      (
        .frechetInfinity,
        try FrechetExtrapolation(
          generated: own, reference: FrechetReference(GaussianStatistics(of: real)), smallest: 40,
          seed: 5
        ).value
      ),
      (.kernelDistance, kernel.value),
      (
        .inceptionScore,
        try InceptionScore(logits: PlainEvaluation.features(.logits, of: generated)).value
      ),
      (.precision, shares.precision), (.recall, shares.recall), (.density, balls.density),
      (.coverage, balls.coverage),
    ]
    #expect(record.scores.map(\.name) == expected.map(\.0))
    let worst = expected.map { relativeError(record.value($0), $1) }.max() ?? .infinity
    print("evaluator against metrics: worst relative difference \(worst)")
    #expect(worst <= 1e-12)
    #expect(record.scores.first { $0.name == .kernelDistance }?.error == kernel.error)
  }

  @Test func classesAreThoseOfTheClassifierAndOfTheNearestPicture() throws {
    var plain = try PlainEvaluation()
    plain.evaluator.metrics = [.accuracy, .neighbourAccuracy]
    let record = try plain.scores()
    let reference = ShapesDataset(count: 300, seed: 2, size: 8)
    let wanted = try (0..<200).map(plain.generated.label)
    let logits = try PlainEvaluation.features(.logits, of: plain.generated).scalars(Float.self)
    let named = (0..<200).map { row in
      (0..<8).max { logits[row * 8 + $0] < logits[row * 8 + $1] } ?? 0
    }
    #expect(record.value(.accuracy) == Double(zip(named, wanted).count { $0 == $1 }) / 200)
    let nearest = try NearestNeighbours(
      of: PlainEvaluation.features(.pooled, of: plain.generated),
      among: PlainEvaluation.features(.pooled, of: reference), count: 1, metric: .cosine
    ).indices.scalars(Int64.self)
    let right = try zip(nearest, wanted).count { try reference.label(at: Int($0)) == $1 }
    #expect(record.value(.neighbourAccuracy) == Double(right) / 200)
    // Neither all nor none: otherwise a constant would pass.
    #expect((1..<200).contains(right))
  }

  /// The same pictures in a folder of classes `0` … `11` and as an `.npz` with labels 0 … 11.
  @Test func nearestPicturesAreOfTheSameClassWhateverItsNumber() throws {
    let names = (0..<12).map(String.init)
    let pictures = try (0..<36).map(ShapesDataset(count: 36, size: 8).picture)
    let labels = pictures.indices.map { $0 / 3 }
    let folder = names.sorted()
    let sorted = labels.map { folder.firstIndex(of: "\($0)") ?? 0 }
    var plain = try PlainEvaluation(
      generated: PictureList(pictures, labels: sorted, classNames: folder),
      reference: PictureList(pictures, labels: labels, classNames: names))
    plain.evaluator.metrics = [.neighbourAccuracy]
    let scores = try plain.scores()
    #expect(scores.value(.neighbourAccuracy) == 1)
    #expect(scores.scores[0].protocolRecord["classes"] == "matched by number, for lack of names")
  }

  @Test func picturesAreComparedOneByOneWithoutANetwork() throws {
    let (own, real) = (
      ShapesDataset(count: 9, seed: 1, size: 16), ShapesDataset(count: 12, size: 16)
    )
    var plain = try PlainEvaluation(generated: own, reference: real)
    plain.evaluator.network = nil
    plain.evaluator.metrics = [.psnr, .ssim, .relativeL1]
    let record = try plain.scores()
    let pairs = try (0..<9).map { (try own.picture(at: $0), try real.picture(at: $0)) }
    let values: [(ScoreName, [Double])] = [
      (.signalToNoise, try pairs.map { try $0.signalToNoise(against: $1) }),
      (.structuralSimilarity, try pairs.map { try $0.structuralSimilarity(to: $1) }),
      (.relativeL1, try pairs.map { try $0.relativeL1(against: $1) }),
    ]
    for (name, values) in values {
      let mean = values.reduce(0, +) / 9
      let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
      #expect(relativeError(record.value(name), mean) <= 1e-12)
      let error = record.scores.first { $0.name == name }?.error ?? .nan
      #expect(relativeError(error, (squares / 8 / 9).squareRoot()) <= 1e-12)
    }
    #expect(plain.network.pictureCount == 0)
  }

  @Test func onlyTheFirstPicturesAreScored() throws {
    let whole = try PlainEvaluation(generated: ShapesDataset(count: 200, seed: 1, size: 8))
    let first = try PlainEvaluation(generated: ShapesDataset(count: 120, seed: 1, size: 8))
    #expect(
      try whole.scores(count: 120).scores.map(\.value) == first.scores().scores.map(\.value))
    #expect(try whole.scores().scores.map(\.value) != first.scores().scores.map(\.value))
  }

  @Test func theProtocolSaysHowAScoreWasMade() throws {
    var plain = try PlainEvaluation()
    plain.evaluator.metrics = [.kid, .inceptionScore]
    plain.evaluator.seed = 3
    let origin = [("pictures_from", "a run"), ("steps", "25")]
    let record = try plain.evaluator.score(
      plain.generated, origin: origin, subject: ["run": "first"]
    ) { _, _, _ in true }.record
    let expected = [
      "block_size": "40", "seed_of_blocks": "3", "network": "plain",
      "network_weights": "aaaaaaaaaaaaaaaa", "input": "as they are; v / 255",
      "output": "pooled, 16 wide", "pictures": "200", "picture_size": "8 x 8",
      "reference": "shapes", "reference_pictures": "300", "pictures_from": "a run", "steps": "25",
    ]
    let kid = try #require(record.scores.first).protocolRecord
    for (name, value) in expected {
      if name == "input" {
        #expect(kid[name]?.hasPrefix("as they are; ") == true)
      } else {
        #expect(kid[name] == value, "\(name)")
      }
    }
    #expect(kid["metric"]?.contains("kernel") == true)
    #expect(kid["reference_content"]?.count == 16)
    // A score of the pictures alone does not depend on a reference.
    let alone = try #require(record.scores.last).protocolRecord
    #expect(alone["output"] == "logits, 8 wide")
    #expect(!alone.fields.contains { $0.name.hasPrefix("reference") })
    #expect(record.subject["run"] == "first")
    #expect(record.subject["pictures"] == "shapes")
    #expect(record.made["device"] == "cpu")
  }

  @Test func fewPicturesAreRefusedOrNamedInTheProtocol() throws {
    var plain = try PlainEvaluation(generated: ShapesDataset(count: 31, seed: 1, size: 8))
    plain.evaluator.metrics = [.fd]
    plain.evaluator.allowsFewSamples = true
    let allowed = try #require(plain.scores().scores.first).protocolRecord
    #expect(allowed["few_pictures"] != nil)
    let enough = try PlainEvaluation(generated: ShapesDataset(count: 32, seed: 1, size: 8))
    #expect(try enough.scores().scores.allSatisfy { $0.protocolRecord["few_pictures"] == nil })
  }
}
