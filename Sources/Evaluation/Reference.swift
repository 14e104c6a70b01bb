import Datasets
import Diagnostics
import Encoders
import FileAccess
import Foundation
import Pictures
import Scores
import Tensors

/// What pictures are compared with: other pictures, or precomputed statistics.
///
/// The ADM evaluator's reference files contain `mu`, `sigma` (of the pooled features), `mu_s`,
/// `sigma_s` (of the spatial ones) and often pictures too. Files of other tools contain only `mu`
/// and `sigma`.
public struct Reference {
  /// The pictures, if there are any.
  public let pictures: (any PictureDataset)?
  /// The name for display.
  public let name: String
  private let file: NPZFile?

  /// Opens a dataset, a folder of pictures or an `.npz` file.
  ///
  /// - Parameter size: the side that pictures are cropped to; `nil` keeps their size.
  /// - Throws: as ``openDataset(_:size:companions:)``; `.badData` for an `.npz` with neither
  ///   pictures nor statistics, and for latents.
  public init(_ path: String, size: Int?, orientation: PictureOrientation = .stored) throws {
    let url = URL(fileURLWithPath: path)
    name = url.deletingPathExtension().lastPathComponent
    file = path.hasSuffix(".npz") ? try NPZFile(contentsOf: url) : nil
    guard let file, !file.names.contains("arr_0") else {
      pictures = try openPictures(path, size: size, orientation: orientation)
      return
    }
    guard file.names.contains("mu"), file.names.contains("sigma") else {
      throw PeregrineError(
        .badData, doing: "opening the reference `\(path)`",
        found: "the arrays \(file.names.map { "`\($0)`" }.joined(separator: ", "))",
        expected: "pictures in `arr_0`, or statistics in `mu` and `sigma`")
    }
    pictures = nil
  }

  /// Creates a reference from a dataset of pictures.
  public init(_ pictures: any PictureDataset) {
    self.pictures = pictures
    name = pictures.summary.name
    file = nil
  }

  /// A hash of every byte of the reference.
  func contentHash(_ memo: URL) throws -> String {
    if let pictures { return try pictures.contentHash(memo: memo) }
    guard let file else { return "" }
    return try sha256(ofFile: URL(fileURLWithPath: file.path))
  }

  /// Whether the file itself contains statistics of an output.
  func hasStatistics(_ output: FeatureOutput) -> Bool {
    guard let file, let names = Self.statisticsNames(output) else { return false }
    return file.names.contains(names.mean) && file.names.contains(names.covariance)
  }

  /// The number of pictures that the statistics of an output are computed from; `nil` when they
  /// come from a file, since such files do not say.
  func statisticsCount(_ output: FeatureOutput) -> Int? {
    hasStatistics(output) ? nil : pictures?.summary.count
  }

  /// The names of the arrays with an output's statistics; `nil` for outputs that such files do not
  /// contain.
  static func statisticsNames(_ output: FeatureOutput) -> (mean: String, covariance: String)? {
    switch output {
    case .pooled: ("mu", "sigma")
    case .spatial: ("mu_s", "sigma_s")
    case .logits, .tokens: nil
    }
  }

  /// The statistics of an output that the file contains.
  ///
  /// - Throws: ``PeregrineError`` `.badData` when their width is not that of the network's output.
  func statistics(_ output: FeatureOutput, width: Int) throws -> GaussianStatistics? {
    guard let file, hasStatistics(output), let names = Self.statisticsNames(output) else {
      return nil
    }
    let (mean, covariance) = (try file.array(names.mean), try file.array(names.covariance))
    let doing = "reading the reference statistics `\(file.path)`"
    guard mean.shape == [width], covariance.shape == [width, width] else {
      throw PeregrineError(
        .badData, doing: doing,
        found:
          "`\(names.mean)` of shape \(mean.shape) and `\(names.covariance)` of shape \(covariance.shape)",
        expected: "[\(width)] and [\(width), \(width)], the width of this network's features",
        advice: "The file was made with another feature network; use that one, or other statistics."
      )
    }
    let means = try Tensor(mean.doubles(0..<width), shape: [width])
    let products = try Tensor(covariance.doubles(0..<width * width), shape: [width, width])
    do {
      return try GaussianStatistics(mean: means, covariance: products, count: nil)
    } catch let error as PeregrineError {
      throw PeregrineError(
        error.code, doing: doing,
        found: "in `\(names.mean)` and `\(names.covariance)` \(error.found)",
        expected: error.expected, advice: error.advice)
    }
  }
}

/// Opens a dataset of pictures; latents are rejected.
public func openPictures(
  _ path: String, size: Int?, orientation: PictureOrientation = .stored
) throws -> any PictureDataset {
  guard
    let pictures = try openDataset(path, size: size, orientation: orientation)
      as? any PictureDataset
  else {
    throw PeregrineError(
      .badData, doing: "opening the pictures `\(path)`", found: "latents",
      expected: "pictures", advice: "Name the pictures that the latents were made of.")
  }
  return pictures
}
