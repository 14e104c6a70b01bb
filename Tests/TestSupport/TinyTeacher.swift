import Datasets
import Encoders
import Encoding
import Foundation
import Nets
import Tensors

/// Small networks as teachers, with weights computed by formula, and a latent cache for their features.
package struct TinyTeacher {
  /// A residual network of 8 layers without class token: for pictures of 32 pixels, 8x8 patch
  /// tokens of width 64.
  package static func convolutional(_ name: String = "tiny") throws -> TeacherNetwork {
    try teacher(CIFARResNet(depth: 8), name)
  }

  /// A transformer of one block with a class token and 2x2 patch tokens, width 12.
  package static func transformer() throws -> (TeacherNetwork, DINOv2) {
    let configuration = DINOv2Configuration(width: 12, depth: 1, heads: 2, gridSide: 3)
    let network = try DINOv2(
      configuration, name: "tiny-vit", input: .imageNet(.bicubic(side: 28)), positions: .antialiased
    )
    return (try teacher(network, "tiny-vit"), network)
  }

  private static func teacher(_ network: any FeatureNetwork, _ name: String) throws
    -> TeacherNetwork
  {
    for (name, value) in network.state {
      try value.copy(from: .formulaWeight(name, shape: value.shape))
    }
    return try TeacherNetwork(network, name: name, weightsSha256: "formula", device: .cpu)
  }

  /// Encodes `shapes:24`, also mirrored, with the smallest autoencoder of the fixtures.
  package static func latents(in folder: URL) throws {
    let weights = SharedFolder.packageRoot.appendingPathComponent(
      "Fixtures/kl_autoencoder/micro.ckpt")
    var micro = KLAutoencoderConfiguration(name: "micro", multipliers: [1, 2], latentChannels: 2)
    micro.width = 4
    micro.blocks = 1
    micro.groups = 2
    var encoding = LatentEncoding(
      data: "shapes:24", size: nil, autoencoder: "micro", weights: weights, cache: folder)
    encoding.shardRows = 10
    encoding.flip = true
    _ = try encoding.run(
      loading: { try KLAutoencoder(micro, weights: weights) }, progress: { _, _ in true })
  }

  /// The encoding of features for these latents.
  package static func encoding(_ folder: URL) -> FeatureEncoding {
    var encoding = FeatureEncoding(
      data: "shapes:24", size: nil, network: "tiny", weights: folder, cache: folder)
    encoding.batchSize = 4
    return encoding
  }
}
