import Diagnostics
import Encoders
import Foundation

/// The scores that can be measured for a set of pictures.
public enum Metric: String, CaseIterable, Sendable, Codable {
  /// Fréchet distance of the pooled features: FID with Inception, FD-DINOv2 with DINOv2.
  case fd
  /// The Fréchet distance extrapolated to infinitely many pictures.
  case fdInfinity = "fd_infinity"
  /// Squared maximum mean discrepancy with the cubic kernel: KID with Inception, KDD with DINOv2.
  case kid
  /// Fréchet distance of the spatial features of the ADM evaluator's Inception.
  case sfid
  /// The Inception Score.
  case inceptionScore = "is"
  /// Precision and recall with balls around nearest neighbours.
  case precisionRecall = "precision_recall"
  /// Density and coverage, a more robust form of precision and recall.
  case densityCoverage = "density_coverage"
  /// The share of pictures that the network's own classifier assigns to the requested class.
  case accuracy
  /// The share of pictures whose nearest reference picture is of the requested class.
  case neighbourAccuracy = "neighbour_accuracy"
  /// Peak signal-to-noise ratio of each picture against the reference picture that belongs to it by
  /// name or number.
  case psnr
  /// Structural similarity of each picture against its reference picture.
  case ssim
  /// The sum of absolute differences divided by the sum of reference values, picture by picture.
  case relativeL1 = "relative_l1"

  /// The outputs of the feature network that are compared.
  var outputs: Set<FeatureOutput> {
    switch self {
    case .fd, .fdInfinity, .kid, .precisionRecall, .densityCoverage, .neighbourAccuracy: [.pooled]
    case .sfid: [.spatial]
    case .inceptionScore, .accuracy: [.logits]
    case .psnr, .ssim, .relativeL1: []
    }
  }

  /// Whether individual features of the reference are needed, not only their mean and covariance.
  var needsReferenceFeatures: Bool {
    [.kid, .precisionRecall, .densityCoverage, .neighbourAccuracy].contains(self)
  }

  /// Reads `kid,fd`.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the nearest names.
  public static func list(_ text: String) throws -> [Metric] {
    try text.split(separator: ",").map { word in
      let name = word.trimmingCharacters(in: .whitespaces)
      if let metric = Metric(rawValue: name) { return metric }
      let near = nearestNames(to: name, among: allCases.map(\.rawValue)).map { "`\($0)`" }
      throw PeregrineError(
        .usage, doing: "reading the metrics `\(text)`", found: "`\(name)`",
        expected: "some of \(allCases.map(\.rawValue).joined(separator: ", "))",
        advice: near.isEmpty ? "" : "Did you mean \(near.joined(separator: " or "))?")
    }
  }

  /// Whether the score is a Fréchet distance, which is biased when pictures are few.
  var isFrechet: Bool { [.fd, .fdInfinity, .sfid].contains(self) }

  /// Whether each picture is compared with its own reference picture; see ``PicturePairing``.
  var isPaired: Bool { [.psnr, .ssim, .relativeL1].contains(self) }
}
