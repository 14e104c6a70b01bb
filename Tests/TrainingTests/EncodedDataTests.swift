import Datasets
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
        == TeacherDescription(
          network: "tiny", width: 64, flopsPerImage: nil,
          weightsSha256: "formula"))
    #expect(source.description.summary.features == cached.features)
    #expect(source.description.featureCost == cached.cost)
    #expect(source.description.summary.fingerprint != plain.description.summary.fingerprint)
    #expect(try source.validation.batch(0..<4).features.count == 4 * 65 * 64)
    // The cache holds mirrored latents.
    #expect(!source.notices.contains { $0.contains("data.flip=true") })
    var plainFlip = recipe
    plainFlip.data.flip = false
    #expect(try TrainingData(plainFlip).notices.contains { $0.contains("data.flip=true") })
  }

  /// A run refuses other weights of its networks when it is resumed.
  @Test func otherWeightsAreRefused() throws {
    let folder = try TemporaryFolder()
    let cache = folder.url.appendingPathComponent("cache")
    try TinyTeacher.latents(in: cache)
    let tiny = try TinyRun(["data.path=\(cache.path)", "model.preset=SiT-Ti/4"])
    var description = try TrainingData(tiny.layers.resolved()).description
    description.teacher = TeacherDescription(
      network: "tiny", width: 64, flopsPerImage: nil, weightsSha256: "a")
    let run = tiny.run("run")
    try FileManager.default.createDirectory(at: run.url, withIntermediateDirectories: true)
    try JSONEncoder().encode(description).write(to: run.data)
    try Data(tiny.layers.yaml().utf8).write(to: run.recipe)
    try description.requireSame(asIn: run)
    var other = description
    other.teacher?.weightsSha256 = "b"
    let error = #expect(throws: PeregrineError.self) { try other.requireSame(asIn: run) }
    #expect(error?.found.contains("teacher with sha256 b") == true)
    other = description
    other.latents?.weightsSha256 = "c"
    #expect(throws: PeregrineError.self) { try other.requireSame(asIn: run) }
  }

  /// NaN in a latent of REPA's layout is found before the first step; once a run has begun, it ends
  /// with a checkpoint.
  @Test func latentsThatAreNoNumbersEndNoRunWithoutACheckpoint() throws {
    let tiny = try TinyRun([
      "model.preset=SiT-Ti/2", "data.scaling=none", "data.validation_count=4",
      "schedule.validate_every_images=8", "schedule.preview_every_images=0",
    ])
    let root = tiny.folder.url.appendingPathComponent("latents")
    func write(_ index: Int, _ value: Float) throws {
      var values = (0..<32).map { Float($0) / 32 }
      values[7] = value
      let file = root.appendingPathComponent(String(format: "img-latents-%08d.npy", index))
      try NPYFile.write(NPYFile.encoded(values, shape: [2, 4, 4]), to: file)
    }
    for index in 0..<20 { try write(index, 0.5) }
    let labels = (0..<20).map { String(format: "[\"img-latents-%08d.npy\", 0]", $0) }
    try Data("{\"labels\": [\(labels.joined(separator: ", "))]}".utf8)
      .write(to: root.appendingPathComponent("dataset.json"))
    var run = tiny
    try run.layers.apply(assignment: "data.path=\(root.path)")
    // The file of the first held-out item.
    let held = try TrainingData(run.layers.resolved()).validation
    let victim = try #require(
      try (0..<20).first { index in
        try write(index, 0.25)
        defer { try? write(index, 0.5) }
        return try held.item(at: 0, mirrored: false).values[7] == 0.25
      })
    try write(victim, .nan)
    let name = String(format: "img-latents-%08d.npy", victim)
    let early = #expect(throws: PeregrineError.self) { try run.train("run") }
    #expect(early?.description.contains(name) == true && early?.code == .badData)
    #expect(!FileManager.default.fileExists(atPath: run.run("run").recipe.path))
    try write(victim, 0.5)
    let late = #expect(throws: PeregrineError.self) {
      let trainer = try Trainer(run.layers, run: run.run("run")) { _ in }
      try write(victim, .infinity)
      _ = try trainer.train()
    }
    #expect(late?.description.contains(name) == true && late?.code == .badData)
    #expect(try run.run("run").checkpoint().images == 8)
    try write(victim, 0.5)
    #expect(try run.train("run") == .finished)
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
