import Datasets
import Encoders
import Foundation
import Scores
import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// An evaluation of small shapes in the features of a network that needs no weights.
struct PlainEvaluation {
  let folder: TemporaryFolder
  let network: PlainFeatureNetwork
  let generated: any PictureDataset
  var evaluator: Evaluator

  init(
    _ network: PlainFeatureNetwork = PlainFeatureNetwork(),
    generated: any PictureDataset = ShapesDataset(count: 200, seed: 1, size: 8),
    reference: any PictureDataset = ShapesDataset(count: 300, seed: 2, size: 8)
  ) throws {
    folder = try TemporaryFolder()
    self.network = network
    self.generated = generated
    evaluator = Evaluator(
      network: NamedFeatureNetwork(network, weightsSha256: Self.weights("a")),
      reference: Reference(reference), cache: folder.url)
  }

  /// A hash of weights.
  static func weights(_ letter: String) -> String { String(repeating: letter, count: 64) }

  /// The scores of all or the first `count` pictures.
  func scores(count: Int? = nil) throws -> ScoreRecord {
    try evaluator.score(generated, count: count) { _, _, _ in true }.record
  }

  /// Features without any cache, from another network of the same kind.
  static func features(
    _ output: FeatureOutput, of pictures: any PictureDataset
  ) throws -> Tensor {
    let network = PlainFeatureNetwork()
    let all = try (0..<pictures.summary.count).map(pictures.picture)
    let values = try network(network.input(all), [output])
    return try #require(values[output])
  }
}

extension ScoreRecord {
  /// The value of a score; NaN without it.
  func value(_ name: ScoreName) -> Double { scores.first { $0.name == name }?.value ?? .nan }
}

/// How far two numbers are apart, as a share of the second.
func relativeError(_ found: Double, _ expected: Double) -> Double {
  found == expected ? 0 : abs(found - expected) / abs(expected)
}
