import Datasets
import Diagnostics
import Encoders
import Foundation
import Pictures
import TestSupport
import Testing

@testable import Evaluation

/// What cannot be scored, or not honestly, is refused: where possible before any picture is read.
@Suite struct RefusalTests {
  /// An evaluation that cannot be, and what its refusal says.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let parts: [String]
    let change: @Sendable (inout Evaluator) -> Void
    var testDescription: String { name }
  }

  private static let early: [Case] = [
    Case(name: "no metric", parts: ["no metric"]) { $0.metrics = [] },
    Case(name: "few pictures", parts: ["`fd`", "20 pictures against 20", "at least 32", "`kid`"]) {
      $0.metrics = [.kid, .fd]
    },
    Case(name: "few pictures for sfid", parts: ["`sfid`", "at least 24"]) { $0.metrics = [.sfid] },
    Case(name: "few pictures to extrapolate", parts: ["`fd_infinity`", "at least 32"]) {
      $0.metrics = [.fdInfinity]
    },
    Case(name: "no network", parts: ["`kid`", "no feature network"]) { $0.network = nil },
    Case(name: "no such output", parts: ["`is`", "plain, which has pooled", "`logits`"]) {
      $0.metrics = [.inceptionScore]
      $0.network = NamedFeatureNetwork(
        PlainFeatureNetwork(outputs: [.pooled: 16]), weightsSha256: "")
    },
    Case(name: "fewer references than pictures", parts: ["5 pictures", "20, one for"]) {
      $0.metrics = [.ssim]
      $0.reference = Reference(ShapesDataset(count: 5, size: 8))
    },
  ]

  @Test(arguments: early)
  func whatCanBeSeenBeforeIsRefusedBefore(_ refusal: Case) throws {
    let own = try PictureList(ShapesDataset(count: 20, size: 8))
    let real = try PictureList(ShapesDataset(count: 20, seed: 1, size: 8))
    var plain = try PlainEvaluation(generated: own, reference: real)
    plain.evaluator.metrics = [.kid]
    refusal.change(&plain.evaluator)
    let (read, known) = (own.readCount, real.readCount)
    let error = #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(error?.code == .usage)
    for part in refusal.parts { #expect(error?.description.contains(part) == true, "\(part)") }
    #expect(plain.network.pictureCount == 0)
    #expect(own.readCount == read && real.readCount == known)
  }

  @Test func moreThanThereAreIsRefused() throws {
    let error = #expect(throws: PeregrineError.self) { try PlainEvaluation().scores(count: 201) }
    #expect(error?.code == .usage)
    #expect(error?.found == "200 pictures")
    #expect(error?.expected.contains("201") == true)
  }

  @Test(arguments: [
    ("kid,fid", "`fid`", "`fd`"),
    ("kid, precison_recall", "`precison_recall`", "`precision_recall`"),
  ])
  func anUnknownMetricIsRefusedWithTheNearestNames(_ text: String, found: String, near: String) {
    let error = #expect(throws: PeregrineError.self) { try Metric.list(text) }
    #expect(error?.code == .usage)
    #expect(error?.found == found)
    #expect(error?.advice.contains(near) == true)
  }

  @Test func metricsAreReadInOrder() throws {
    #expect(try Metric.list("is, fd,kid") == [.inceptionScore, .fd, .kid])
  }

  @Test func constantFeaturesAreRefused() throws {
    var plain = try PlainEvaluation(
      PlainFeatureNetwork { _, width in [Double](repeating: 0.5, count: width) })
    plain.evaluator.metrics = [.fd]
    let error = #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(error?.code == .unsound)
    #expect(error?.found.contains("the same for all pictures") == true)
  }

  /// The row is the picture's number, also in a later shard.
  @Test(arguments: [Metric.fd, .kid, .precisionRecall], [7, 1_030])
  func aPictureWithoutFeaturesIsNamed(_ metric: Metric, _ bad: Int) throws {
    let list = try PictureList(ShapesDataset(count: 1_100, size: 8)) { index, picture in
      index == bad ? .grey(0) : picture
    }
    let network = PlainFeatureNetwork { cells, width in
      cells.contains { $0 != 0 }
        ? PlainFeatureNetwork.mixture(cells, width) : [Double](repeating: .nan, count: width)
    }
    var plain = try PlainEvaluation(network, generated: list)
    plain.evaluator.metrics = [metric]
    let error = #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(error?.code == .nonFinite)
    #expect(error?.found.hasSuffix("row \(bad)") == true, "\(error?.found ?? "")")
  }

  @Test func picturesOfTwoSizesAreRefusedByFile() throws {
    let folder = try TemporaryFolder()
    for index in 0..<40 {
      try Picture.grey(UInt8(index), size: index == 23 ? 9 : 8)
        .write(png: folder.url.appendingPathComponent(String(format: "%03d.png", index)))
    }
    var plain = try PlainEvaluation(generated: openPictures(folder.url.path, size: nil))
    plain.evaluator.metrics = [.kid]
    let error = #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(error?.code == .badData)
    #expect(error?.doing.contains("023.png") == true)
    #expect(error?.found.contains("9x9") == true)
  }

  @Test func otherClassesAreRefused() throws {
    let shapes = ShapesDataset(count: 40, size: 8)
    let pictures = try (0..<40).map(shapes.picture)
    let three = PictureList(
      pictures, labels: .init(repeating: 2, count: 40), classNames: ["a", "b", "c"])
    for (metric, expected) in [(Metric.neighbourAccuracy, "the same classes"), (.accuracy, "8")] {
      var plain = try PlainEvaluation(generated: three)
      plain.evaluator.metrics = [metric]
      let error = #expect(throws: PeregrineError.self) { try plain.scores() }
      #expect(error?.code == .usage)
      #expect(error?.found.hasPrefix("3 classes in the pictures") == true)
      #expect(error?.expected.contains(expected) == true)
      #expect(plain.network.pictureCount == 0)
    }
    var plain = try PlainEvaluation(generated: PictureList(pictures))
    plain.evaluator.metrics = [.neighbourAccuracy]
    let error = #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(error?.found.hasPrefix("0 classes") == true)
  }

  @Test func theSignalToNoiseRatioOfEqualPicturesIsRefusedByNumber() throws {
    let shapes = ShapesDataset(count: 10, size: 8)
    let own = try PictureList(shapes) { index, picture in index == 6 ? picture : .grey(9) }
    var plain = try PlainEvaluation(generated: own, reference: shapes)
    plain.evaluator.metrics = [.psnr]
    let error = #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(error?.code == .usage)
    #expect(error?.found.contains("picture 6") == true)
    #expect(error?.advice.contains("`relative_l1`") == true)
  }

  /// Enlarging one side and not the other changes every score.
  @Test(arguments: [Metric.ssim, .kid, .fd, .neighbourAccuracy])
  func picturesOfOtherSizesAreNotCompared(_ metric: Metric) throws {
    var plain = try PlainEvaluation(
      generated: ShapesDataset(count: 40, size: 16), reference: ShapesDataset(count: 40, size: 12))
    plain.evaluator.metrics = [metric]
    let error = #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(error?.code == .usage)
    #expect(error?.found.contains("16x16 pixels and 12x12") == true)
    #expect(plain.network.pictureCount == 0)
    plain.evaluator.metrics = [.accuracy, .inceptionScore]
    _ = try plain.scores()
  }
}
