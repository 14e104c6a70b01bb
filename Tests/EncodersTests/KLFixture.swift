import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@testable import Encoders

/// The golden numbers of `Fixtures/kl_autoencoder`; its README has conventions and tolerances.
struct KLFixture: Sendable, CustomTestStringConvertible {
  static let folder = SharedFolder.packageRoot.appendingPathComponent("Fixtures/kl_autoencoder")

  /// The file's name.
  let id: String
  /// The published configuration, at a quarter of its width.
  let configuration: KLAutoencoderConfiguration
  /// The name in `keys.json` whose tensors the weights are; our own names when `nil`.
  let naming: String?
  let pictures: [Int]

  var testDescription: String { id }

  private init(
    _ id: String, _ published: KLAutoencoderConfiguration, naming: String?, pictures: [Int]
  ) {
    self.id = id
    var configuration = published
    configuration.width = 32
    self.configuration = configuration
    self.naming = naming
    self.pictures = pictures
  }

  static let sd = KLFixture("sd", .sd, naming: "sd-vae", pictures: [2, 3, 16, 24])
  static let flux2 = KLFixture("flux2", .flux2, naming: "flux2-vae", pictures: [1, 3, 32, 48])
  static let invae = KLFixture("invae", .invae, naming: "invae", pictures: [1, 3, 32, 48])
  static let all = [
    sd, flux2, invae, KLFixture("sd_compvis", .sd, naming: nil, pictures: [2, 3, 16, 24]),
  ]

  /// The smallest autoencoder, which `micro.ckpt` holds.
  static let micro = {
    var configuration = KLAutoencoderConfiguration(
      name: "micro", multipliers: [1, 2], latentChannels: 2)
    configuration.width = 4
    configuration.blocks = 1
    configuration.groups = 2
    return configuration
  }()

  /// Names and shapes of a published file.
  static func keys(_ name: String) throws -> [String: [Int]] {
    let text = try Data(contentsOf: folder.appendingPathComponent("keys.json"))
    return try JSONDecoder().decode([String: [String: [Int]]].self, from: text)[name] ?? [:]
  }

  func golden() throws -> SafetensorsFile {
    try SafetensorsFile(Self.folder.appendingPathComponent("\(id).safetensors"))
  }

  /// The weights by formula, in the fixture's naming.
  func weights() throws -> [String: Tensor] {
    var shapes = try Dictionary(
      KLAutoencoder(configuration).state.map { ($0.name, $0.tensor.shape) },
      uniquingKeysWith: { $1 })
    if let naming {
      shapes = try Self.keys(naming).filter { !$0.key.hasSuffix("num_batches_tracked") }
      for (name, shape) in shapes where !name.hasPrefix("bn.") {
        shapes[name] = shape.map { [128, 256, 512].contains($0) ? $0 / 4 : $0 }
      }
    }
    return try Dictionary(
      uniqueKeysWithValues: shapes.map { ($0, try .formulaWeight($0, shape: $1)) })
  }

  /// The autoencoder with these weights.
  func model(_ dtype: DType = .float32) throws -> KLAutoencoder {
    let model = try KLAutoencoder(configuration)
    try model.load(KLCheckpointNames(source: id).ours(weights()), from: id)
    try model.convert(to: dtype, on: .cpu)
    return model
  }

  /// An input by formula, in the shape of pictures or latents.
  func input(_ name: String, _ dtype: DType = .float32) throws -> Tensor {
    let side = 1 << (configuration.multipliers.count - 1)
    let shape =
      name == "pictures"
      ? pictures
      : [pictures[0], configuration.latentChannels, pictures[2] / side, pictures[3] / side]
    return try Tensor.formula(name, shape: shape).to(dtype)
  }
}

/// The largest absolute difference, infinite when the shapes differ.
func distance(_ found: Tensor, _ expected: Tensor) throws -> Double {
  try PlainArray(found).distance(to: PlainArray(expected))
}
