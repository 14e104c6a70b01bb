import Data
import Diagnostics
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

@testable import Training

/// How latents are scaled, and what decodes them.
@Suite struct LatentSpaceTests {
  private let folder: TemporaryFolder
  private var root: URL { folder.url.appendingPathComponent("data") }

  init() throws { folder = try TemporaryFolder() }

  /// Two latents in the folder layout of SR-DiT.
  private func writeLatents(_ latents: [[Float]], shape: [Int]) throws {
    let place = root.appendingPathComponent("vae-in")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    var entries: [String] = []
    for (index, values) in latents.enumerated() {
      try NPYFile.encoded(values, shape: [1] + shape)
        .write(to: place.appendingPathComponent("\(index).npy"))
      entries.append("[\"\(index).npy\", \(index)]")
    }
    try Data("{\"labels\": [\(entries.joined(separator: ", "))]}".utf8)
      .write(to: place.appendingPathComponent("dataset.json"))
  }

  private func recipe(_ path: URL) throws -> Recipe {
    try TinyRun(["data.path=\(path.path)", "data.validation_count=1"]).layers.resolved()
  }

  private func data(_ path: URL, _ choice: LatentChoice) throws -> TrainingData {
    var recipe = try recipe(path)
    recipe.data.standardize = choice.standardize
    recipe.data.latentScale = choice.scale
    recipe.data.autoencoder = choice.autoencoder
    recipe.data.autoencoderWeights = choice.autoencoderWeights
    return try TrainingData(recipe)
  }

  private func values(_ data: TrainingData) throws -> [Float] {
    try data.training.batch(0..<1).values + data.validation.batch(0..<1).values
  }

  @Test func oneFactorScalesEveryLatent() throws {
    let latents = (0..<2).map { row in (0..<18).map { Float(row) - Float($0) / 4 } }
    try writeLatents(latents, shape: [2, 3, 3])
    let weights = folder.url.appendingPathComponent("invae.pt")
    try Data("weights".utf8).write(to: weights)
    let plain = try TrainingData(try recipe(root))
    #expect(plain.description.latents == nil)
    let choice = LatentChoice(
      scale: 0.3099, autoencoder: "invae", autoencoderWeights: weights.path)
    let scaled = try data(root, choice)
    let space = try #require(scaled.description.latents)
    #expect(space.autoencoder == "invae" && space.weights == weights.path)
    #expect(space.weightsSha256 == sha256(of: Data("weights".utf8)))
    #expect(space.mean == [0, 0] && space.standardDeviation == [1 / 0.3099, 1 / 0.3099])
    let expected = try values(plain).map { Float(0.3099) * $0 }
    #expect(worstDifference(try values(scaled), expected) <= 1e-6)
    #expect(try values(scaled).map(abs).max() ?? 0 > 1)
    let named = LatentChoice(autoencoder: "invae", autoencoderWeights: weights.path)
    let unscaled = try data(root, named)
    #expect(try values(unscaled) == values(plain))
  }

  /// A scale takes the place of the cache's statistics.
  @Test func cachesAreStandardisedUnlessThereIsAScale() throws {
    let cache = folder.url.appendingPathComponent("cache")
    try TinyTeacher.latents(in: cache)
    let plain = try data(cache, LatentChoice(standardize: false))
    let scaled = try data(cache, LatentChoice(scale: 0.5))
    #expect(try values(scaled) == values(plain).map { $0 / 2 })
    #expect(scaled.description.latents?.autoencoder == "micro")
    let usual = try TrainingData(recipe(cache))
    #expect(try usual.description.latents?.mean == LatentCacheDataset(folder: cache).mean)
    #expect(try values(usual) != values(plain))
    #expect(throws: PeregrineError.self) {
      try data(cache, LatentChoice(autoencoder: "invae"))
    }
  }

  @Test func whatCannotBeDecodedOrScaledIsRefused() throws {
    try writeLatents([[1, 2], [3, 4]], shape: [2, 1, 1])
    let cases: [(String, LatentChoice, PeregrineError.Code, String)] = [
      (root.path, LatentChoice(scale: 0.3), .usage, "data.autoencoder_weights"),
      (root.path, LatentChoice(autoencoder: "invae"), .usage, "data.autoencoder_weights"),
      (
        root.path, LatentChoice(autoencoder: "invae", autoencoderWeights: "/nowhere.pt"),
        .missingInput, "/nowhere.pt"
      ),
      (root.path, LatentChoice(scale: -1), .usage, "data.latent_scale"),
      (root.path, LatentChoice(scale: .nan), .usage, "data.latent_scale"),
      ("shapes:20", LatentChoice(scale: 0.3), .usage, "pictures"),
    ]
    for (path, choice, code, word) in cases {
      let error = #expect(throws: PeregrineError.self) {
        try LatentSpace(of: try openDataset(path, size: nil), at: path, choice)
      }
      #expect(error?.code == code && error?.description.contains(word) == true, "\(choice)")
    }
  }

  /// Scaled latents decode to the pictures of the latents as they were.
  @Test(.enabled(if: SharedFolder.data != nil)) func decodingUndoesTheScale() throws {
    let weights = try #require(SharedFolder.data)
      .appendingPathComponent("weights/taef2.safetensors")
    let latents = (0..<2).map { row in
      (0..<512).map { Float(sin(Double(7 * row + $0))) }
    }
    try writeLatents(latents, shape: [32, 4, 4])
    let pictures = try [0, 0.3099].map { scale in
      let choice = LatentChoice(
        scale: scale, autoencoder: "taef2", autoencoderWeights: weights.path)
      let data = try data(root, choice)
      let decoder = try PictureDecoder(data.description, device: .cpu)
      return try decoder.pictures(Tensor(values(data), shape: [2, 32, 4, 4]))
    }
    #expect(pictures[0][0].width == 32 && pictures[0][0] != pictures[0][1])
    for (plain, scaled) in zip(pictures[0], pictures[1]) {
      let worst = zip(plain.pixels, scaled.pixels).map { abs(Int($0) - Int($1)) }.max()
      #expect(try #require(worst) <= 1)
    }
  }
}
