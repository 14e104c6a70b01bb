import Diagnostics
import Tensors
import TestSupport
import Testing

@testable import Encoders

/// The full sizes; serialized, since each takes a third of a gigabyte.
@Suite(.serialized) struct KLPublishedSizesTests {
  /// Tensors of the given shapes that take no memory.
  private func standIns(_ keys: [String: [Int]]) throws -> [String: Tensor] {
    let zero = try Tensor.zeros([])
    return try keys.mapValues { try zero.expanded($0) }
  }

  @Test(arguments: [
    (KLAutoencoderConfiguration.sd, 83_653_863, 248, 8), (.invae, 69_836_067, 342, 16),
    (.flux2, 84_046_115 + 2 * 128, 250, 8),
  ])
  func namesAndCountsAreThePublishedOnes(
    configuration: KLAutoencoderConfiguration, parameters: Int, tensors: Int, downsampling: Int
  ) throws {
    let model = try KLAutoencoder(configuration)
    #expect(model.parameterCount == parameters)
    #expect(model.state.count == tensors)
    #expect(model.downsampling == downsampling)
    let published = try KLCheckpointNames(source: "keys").ours(
      standIns(KLFixture.keys(configuration.name)))
    #expect(published.count == tensors)
    for (name, tensor) in model.state {
      #expect(published[name]?.shape == tensor.shape, "\(name)")
    }
    if configuration.name == "invae" {
      #expect(model.encoder.parameterCount == 28_413_248)
      #expect(model.decoder.parameterCount == 41_417_603)
    }
  }

  @Test func theFileOfAnotherAutoencoderIsRefused() throws {
    let sd = try KLCheckpointNames(source: "sd.ckpt").ours(standIns(KLFixture.keys("sd-vae")))
    let invae = try KLAutoencoder(KLFixture.invae.configuration)
    let error = #expect(throws: PeregrineError.self) { try invae.load(sd, from: "sd.ckpt") }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("342 tensors") == true)
    let wide = try KLCheckpointNames(source: "flux2").ours(standIns(KLFixture.keys("flux2-vae")))
    let statistics = #expect(throws: PeregrineError.self) {
      try KLAutoencoder(KLFixture.sd.configuration).load(wide, from: "flux2")
    }
    #expect(statistics?.description.contains("bn.running_mean") == true)
  }

  @Test func scalingsAreThePublishedOnes() {
    #expect(KLAutoencoderConfiguration.sd.scaling == LatentScaling(scale: 0.18215))
    #expect(KLAutoencoderConfiguration.sdxl.scaling == LatentScaling(scale: 0.13025))
    #expect(KLAutoencoderConfiguration.invae.scaling == LatentScaling(scale: 0.3099))
  }
}
