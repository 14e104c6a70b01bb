import Diagnostics
import Encoding
import Foundation
import Samples
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Runs
@testable import Training

/// Runs on latents and features that were made before.
@Suite struct EncodedDataTests {
  /// A run opens the features when it is to, and its description tells what they took.
  @Test func aRunOpensTheFeaturesWhenItIsTo() throws {
    let folder = try TemporaryFolder()
    let cache = folder.url.appendingPathComponent("cache")
    try TinyTeacher.latents(in: cache)
    let cached = try TinyTeacher.encoding(cache).run(
      loading: { try TinyTeacher.convolutional() }, progress: { _, _ in true })
    let tiny = try TinyRun([
      "data.path=\(cache.path)", "model.preset=SiT-Ti/4", "data.flip=true",
      "data.validation_count=4",
    ])
    let recipe = try tiny.layers.resolved()
    let plain = try TrainingData(recipe)
    #expect(plain.description.summary.features == nil && plain.description.featureCost == nil)
    var taught = recipe
    taught.alignment.weight = 0.5
    taught.teacher.network = "tiny"
    let source = try TrainingData(taught)
    #expect(
      source.description.teacher
        == TeacherDescription(network: "tiny", width: 64, flopsPerImage: nil))
    #expect(source.description.summary.features == cached.features)
    #expect(source.description.featureCost == cached.cost)
    #expect(source.description.summary.fingerprint != plain.description.summary.fingerprint)
    #expect(try source.validation.batch(0..<4).features.count == 4 * 65 * 64)
  }

  @Test(.enabled(if: SharedFolder.data != nil))
  func aRunOnLatentsDrawsPicturesAndChecksTheAutoencoder() throws {
    let folder = try TemporaryFolder()
    let weights = try #require(SharedFolder.data).appendingPathComponent(
      "weights/taef2.safetensors")
    let cache = folder.url.appendingPathComponent("cache")
    var encoding = LatentEncoding(
      data: "shapes:60", size: nil, autoencoder: "taef2", weights: weights, cache: cache)
    encoding.flip = true
    _ = try encoding.run { _, _ in true }
    let tiny = try TinyRun([
      "data.path=\(cache.path)", "model.preset=SiT-Ti/1", "data.flip=true",
      "training.images=16", "data.validation_count=4",
    ])
    try tiny.train("run")
    let trained = try TrainedRun(tiny.run("run"), device: .cpu)
    var settings = trained.recipe.preview.sampler
    settings.steps = 2
    let sampler = try trained.drawing(settings).generator
    try trained.sampling.draw(
      [0, 1], condition: { Condition(label: $0) }, by: sampler, seed: 1, batchSize: 2
    ) { _, picture in
      #expect(picture.width == 32 && picture.height == 32)
      return true
    }
    let copy = LatentEncoding.autoencoderFile(in: cache)
    var bytes = try Data(contentsOf: copy)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: copy)
    let error = #expect(throws: PeregrineError.self) {
      _ = try TrainedRun(tiny.run("run"), device: .cpu)
    }
    #expect(error?.code == .badData)
    #expect(error?.found.contains("sha256") == true)
  }
}
