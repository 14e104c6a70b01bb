import Datasets
import Diagnostics
import Encoders
import Foundation
import Pictures
import Scores
import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// References that are files of pictures, of statistics, or of both.
@Suite struct ReferenceTests {
  private let folder: TemporaryFolder
  private let pictures = ShapesDataset(count: 300, seed: 2, size: 8)

  init() throws { folder = try TemporaryFolder() }

  /// An `.npz` with `mu` and `sigma` of an output, and pictures beside them.
  private func file(
    _ statistics: GaussianStatistics, suffix: String = "", pictures: (any PictureDataset)? = nil
  ) throws -> Reference {
    let width = statistics.width
    var arrays = [
      try array("mu" + suffix, statistics.mean, [width]),
      try array("sigma" + suffix, statistics.covariance, [width, width]),
    ]
    if !suffix.isEmpty {
      arrays += [
        try array("mu", statistics.mean, [width]),
        try array("sigma", statistics.covariance, [width, width]),
      ]
    }
    if let pictures {
      let count = pictures.summary.count
      arrays.append(
        .init("arr_0", shape: [count, 8, 8, 3], element: .uint8) { put in
          for index in 0..<count { try put(Data(pictures.picture(at: index).pixels)) }
        })
    }
    let url = folder.url.appendingPathComponent("reference.npz")
    try NPZFile.write(arrays, to: url)
    return try Reference(url.path, size: nil)
  }

  private func array(_ name: String, _ tensor: Tensor, _ shape: [Int]) throws -> NPZFile.Writing {
    let values = try tensor.scalars(Double.self)
    return .init(name, shape: shape, element: .float64) { put in
      try put(values.withUnsafeBytes { Data($0) })
    }
  }

  private func statistics(
    _ output: FeatureOutput = .pooled, of pictures: any PictureDataset
  ) throws -> GaussianStatistics {
    try GaussianStatistics(of: PlainEvaluation.features(output, of: pictures))
  }

  @Test func statisticsInAFileGiveTheDistanceOfTheirPictures() throws {
    var plain = try PlainEvaluation(reference: pictures)
    plain.evaluator.metrics = [.fd]
    let expected = try plain.scores().value(.frechetDistance)
    plain.evaluator.reference = try file(statistics(of: pictures))
    let record = try plain.scores()
    #expect(relativeError(record.value(.frechetDistance), expected) <= 1e-12)
    let made = try #require(record.scores.first).protocolRecord
    #expect(made["reference"] == "reference")
    #expect(made["reference_pictures"] == "not recorded")
    #expect(made["reference_content"]?.count == 16)
  }

  @Test func spatialStatisticsAreThoseWithTheirOwnNames() throws {
    var plain = try PlainEvaluation(reference: pictures)
    plain.evaluator.metrics = [.sfid]
    let expected = try plain.scores().value(.spatialFrechetDistance)
    plain.evaluator.reference = try file(statistics(.spatial, of: pictures), suffix: "_s")
    #expect(
      try relativeError(plain.scores().value(.spatialFrechetDistance), expected) <= 1e-12)
  }

  @Test func statisticsOfAnotherWidthAreRefusedWithBothWidths() throws {
    var plain = try PlainEvaluation()
    plain.evaluator.metrics = [.fd]
    plain.evaluator.reference = try file(statistics(.spatial, of: pictures))
    let error = #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(error?.code == .badData)
    #expect(error?.found.contains("[12] and `sigma` of shape [12, 12]") == true)
    #expect(error?.expected.contains("[16] and [16, 16]") == true)
    #expect(error?.advice.contains("another feature network") == true)
    #expect(plain.network.pictureCount == 0)
  }

  @Test(arguments: [
    (Metric.kid, "pictures"), (.precisionRecall, "pictures"), (.densityCoverage, "pictures"),
    (.neighbourAccuracy, "pictures"), (.psnr, "200"), (.sfid, "`mu_s` and `sigma_s`"),
  ])
  func whatNeedsMoreThanStatisticsIsRefused(_ metric: Metric, expected: String) throws {
    let list = try PictureList(ShapesDataset(count: 200, size: 8))
    var plain = try PlainEvaluation(generated: list)
    plain.evaluator.metrics = [metric]
    plain.evaluator.reference = try file(statistics(of: pictures))
    let error = #expect(throws: PeregrineError.self) { try plain.evaluator.check(count: 200) }
    #expect(error?.code == .usage)
    #expect(error?.doing.contains("`\(metric.rawValue)`") == true)
    #expect(error?.expected.contains(expected) == true, "\(error?.expected ?? "")")
    #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(list.readCount == 0)
  }

  @Test func withBothPicturesAreForFeaturesAndStatisticsForTheDistance() throws {
    let others = ShapesDataset(count: 250, seed: 9, size: 8)
    var plain = try PlainEvaluation()
    plain.evaluator.metrics = [.fd, .kid]
    let ofPictures = try PlainEvaluation(reference: pictures)
    let ofOthers = try PlainEvaluation(reference: others)
    plain.evaluator.reference = try file(statistics(of: others), pictures: pictures)
    let record = try plain.scores()
    let (distance, kernel) = (record.value(.frechetDistance), record.value(.kernelDistance))
    #expect(try kernel == ofPictures.scores().value(.kernelDistance))
    #expect(try relativeError(distance, ofOthers.scores().value(.frechetDistance)) <= 1e-12)
    #expect(try distance != ofPictures.scores().value(.frechetDistance))
    // The file does not say how many pictures its statistics are of.
    let counts = record.scores.map { $0.protocolRecord["reference_pictures"] }
    #expect(counts == ["not recorded", "300"])
  }

  @Test func fewPicturesBesideStatisticsAreEnoughForTheDistance() throws {
    var plain = try PlainEvaluation()
    plain.evaluator.metrics = [.fd]
    plain.evaluator.reference = try file(
      statistics(of: pictures), pictures: ShapesDataset(count: 20, seed: 2, size: 8))
    let score = try #require(plain.scores().scores.first)
    #expect(score.protocolRecord["few_pictures"] == nil)
  }

  @Test func anArchiveWithNeitherIsRefusedWithWhatItHolds() throws {
    let url = folder.url.appendingPathComponent("other.npz")
    let mean = try Tensor([1, 2], shape: [2]).to(.float64)
    try NPZFile.write([array("mean", mean, [2])], to: url)
    let error = #expect(throws: PeregrineError.self) { try Reference(url.path, size: nil) }
    #expect(error?.code == .badData)
    #expect(error?.found.contains("`mean`") == true)
    #expect(error?.expected.contains("`arr_0`") == true)
  }
}
