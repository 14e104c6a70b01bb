import Datasets
import Diagnostics
import DiffusionMath
import Encoders
import FileAccess
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Encoding

/// Modes and samples of posteriors in latent caches, with the smallest autoencoder of the fixtures.
@Suite struct PosteriorEncodingTests {
  private let folder: TemporaryFolder
  private let network: KLAutoencoder

  init() throws {
    folder = try TemporaryFolder()
    var micro = KLAutoencoderConfiguration(name: "micro", multipliers: [1, 2], latentChannels: 2)
    micro.width = 4
    micro.blocks = 1
    micro.groups = 2
    network = try KLAutoencoder(micro, weights: Self.weights)
  }

  private static let weights = SharedFolder.packageRoot.appendingPathComponent(
    "Fixtures/kl_autoencoder/micro.ckpt")

  private func encoding(_ name: String, _ posterior: LatentCacheHeader.Posterior) -> LatentEncoding
  {
    var encoding = LatentEncoding(
      data: "shapes:24", size: nil, autoencoder: "micro", weights: Self.weights,
      cache: folder.url.appendingPathComponent(name))
    encoding.posterior = posterior
    encoding.batchSize = 8
    encoding.shardRows = 8
    encoding.flip = true
    return encoding
  }

  private func encode(_ encoding: LatentEncoding) throws -> LatentCacheDataset {
    _ = try encoding.run(loading: { network }, progress: { _, _ in true })
    return try LatentCacheDataset(folder: encoding.cache)
  }

  private func worst(_ found: [Float], _ expected: [Float]) -> Float {
    zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test func modesAndSamplesAreThoseOfThePosterior() throws {
    let modes = try encode(encoding("mode", .mode))
    let samples = try encode(encoding("sample", .sample(seed: 5)))
    #expect(modes.header.posterior == .mode && samples.header.posterior == .sample(seed: 5))
    for (index, mirrored) in [(0, false), (0, true), (13, false), (23, true)] {
      let picture = try #require(try openDataset("shapes:24", size: nil) as? any PictureDataset)
        .item(at: index, mirrored: mirrored).values
      let posterior = try withoutGradients {
        try network.encode(Tensor(picture, shape: [1, 3, 32, 32]))
      }
      var stream = RandomStream(
        seed: 5, purpose: mirrored ? "encoding/posterior/mirrored" : "encoding/posterior",
        index: UInt64(index))
      let noise = try Tensor(stream.normals(512), shape: posterior.mean.shape)
      let (mode, sample) = (
        try posterior.mean.scalars(Float.self),
        try posterior.sample(noise: noise).scalars(Float.self)
      )
      let errors = try [
        worst(modes.item(at: index, mirrored: mirrored).values, mode),
        worst(samples.item(at: index, mirrored: mirrored).values, sample),
      ]
      #expect(errors.allSatisfy { $0 < 4e-3 }, "float16 of \(errors)")
      #expect(worst(mode, sample) > 0.5)
    }
  }

  @Test func neitherBatchesNorInterruptionsChangeSamples() throws {
    let whole = try encode(encoding("whole", .sample(seed: 5)))
    let parts = encoding("parts", .sample(seed: 5))
    let error = #expect(throws: PeregrineError.self) {
      try parts.run(loading: { network }, progress: { done, _ in done < 8 })
    }
    #expect(error?.code == .interrupted)
    #expect(try encode(parts).summary.fingerprint == whole.summary.fingerprint)
    var other = encoding("batches", .sample(seed: 5))
    other.batchSize = 5
    let batches = try encode(other)
    for index in 0..<24 {
      for mirrored in [false, true] {
        let pair = try [whole, batches].map { try $0.item(at: index, mirrored: mirrored).values }
        #expect(worst(pair[0], pair[1]) < 4e-3)
      }
    }
    let seeds = try encode(encoding("seeds", .sample(seed: 6)))
    #expect(
      try worst(
        seeds.item(at: 3, mirrored: false).values, whole.item(at: 3, mirrored: false).values) > 0.5)
  }

  @Test func anotherPosteriorIsRefusedOnResume() throws {
    let begun = encoding("cache", .sample(seed: 5))
    #expect(throws: PeregrineError.self) {
      try begun.run(loading: { network }, progress: { done, _ in done < 8 })
    }
    for posterior in [LatentCacheHeader.Posterior.mode, .sample(seed: 6)] {
      let error = #expect(throws: PeregrineError.self) { try encode(encoding("cache", posterior)) }
      #expect(error?.code == .usage)
      #expect(
        error?.found.contains("posterior sample (seed 5), now \(posterior.text)") == true,
        "\(error?.found ?? "")")
    }
  }

  /// The copy keeps the ending, so that nothing takes a PyTorch file for safetensors.
  @Test func theCopyOfTheWeightsKeepsItsEnding() throws {
    let cache = try encode(encoding("cache", .mode))
    let folder = encoding("cache", .mode).cache
    let copy = LatentEncoding.autoencoderFile(in: folder)
    #expect(copy.lastPathComponent == "autoencoder.ckpt")
    #expect(sha256(of: try Data(contentsOf: copy)) == cache.header.autoencoder.weightsSha256)
    try Data("damaged".utf8).write(to: copy)
    _ = try encode(encoding("cache", .mode))
    #expect(try Data(contentsOf: copy) == Data(contentsOf: Self.weights))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count { $0.contains("autoencoder") } == 1)
  }

  @Test(.enabled(if: SharedFolder.data != nil))
  func autoencodersWithoutVarianceHaveNoSamples() throws {
    let taef2 = try TAEF2(
      weights: #require(SharedFolder.data).appendingPathComponent("weights/taef2.safetensors"))
    let error = #expect(throws: PeregrineError.self) {
      try encoding("cache", .sample(seed: 0)).run(loading: { taef2 }, progress: { _, _ in true })
    }
    #expect(error?.code == .usage)
    #expect(error?.advice.contains("--posterior mode") == true)
  }
}
