import ArgumentParser
import Diagnostics
import Encoders
import Evaluation
import Foundation
import Tensors

/// The reference that pictures are compared with.
struct ReferenceOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to compare with: a dataset, a folder of pictures, or an .npz with pictures or with mu and sigma.",
      valueName: "reference"))
  var against: String
}

/// The options for scoring pictures.
struct EvaluationOptions: ParsableArguments {
  /// The names of the feature networks, with those of DINOv2 combined.
  private static let networks =
    FeatureNetworks.names.filter { !$0.hasPrefix("dinov2") }.joined(separator: ", ")
    + ", dinov2-vits14, -vitb14, -vitl14 or -vitg14 (with -reg for registers, with -repa prepared as "
    + "for REPA)"

  @Option(
    help: ArgumentHelp(
      "Scores, separated by commas: \(Metric.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "names"))
  var metrics = "kid,fd"

  @Option(
    help: ArgumentHelp(
      "The feature network: \(Self.networks); NAME@SIDE resizes pictures to SIDE.",
      valueName: "name"))
  var features: String?

  @Option(help: ArgumentHelp("The feature network's weights.", valueName: "file"))
  var weights: String?

  @Option(help: "Crop pictures of the folders and datasets to this side. Default: as they are.")
  var size: Int?

  @OptionGroup var pictures: PictureOptions

  @Option(
    help:
      "Pictures per block of the kernel distance; 0 takes all pairs at once, without an error. Default: 1000, or so few that there are five blocks."
  )
  var blockSize: Int?

  @Option(help: "The fewest pictures of a subset for fd_infinity.")
  var smallestSubset = 5_000

  @Flag(help: "Give distances of fewer pictures than twice the features' width all the same.")
  var allowFewSamples = false

  @Option(
    help: ArgumentHelp(
      "Pictures to look for nearest neighbours in, such as the training set. Default: the reference.",
      valueName: "data"))
  var neighbours: String?

  @Option(
    help: ArgumentHelp(
      "Where features and statistics are kept. Default: ~/.cache/peregrine.", valueName: "folder"))
  var cache: String?

  @Option(help: "Pictures per forward pass of the feature network, \(Bounds.batch.words).")
  var featureBatch = 16

  func validate() throws {
    try Bounds.batch.require(featureBatch, of: "--feature-batch")
    if blockSize != 0 { try Bounds.pictures.from(2).require(blockSize, of: "--block-size") }
    try Bounds.pictures.from(2).require(smallestSubset, of: "--smallest-subset")
    try Bounds.side.require(size, of: "--size")
    if features != nil, weights == nil { throw ValidationError("--features needs --weights.") }
  }

  /// The evaluation that the options describe.
  func evaluator(against: String, device: Device) throws -> Evaluator {
    let network = try features.flatMap { name in
      try weights.map {
        try NamedFeatureNetwork(name, weights: URL(fileURLWithPath: $0), device: device)
      }
    }
    var evaluator = Evaluator(
      network: network,
      reference: try Reference(against, size: size, orientation: pictures.orientation),
      cache: cache.map { URL(fileURLWithPath: $0) } ?? Evaluator.defaultCache)
    evaluator.warn = { Terminal.complain("warning: \($0)") }
    evaluator.metrics = try Metric.list(metrics)
    evaluator.neighbourPictures = try neighbours.map {
      try openPictures($0, size: size, orientation: pictures.orientation)
    }
    for data in [evaluator.reference.pictures, evaluator.neighbourPictures].compactMap({ $0 }) {
      Terminal.complain(notices: data.summary)
    }
    evaluator.blockSize = blockSize
    evaluator.smallestSubset = smallestSubset
    evaluator.allowsFewSamples = allowFewSamples
    evaluator.batchSize = featureBatch
    return evaluator
  }
}
