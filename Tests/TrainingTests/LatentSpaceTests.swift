import Datasets
import Diagnostics
import Encoders
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

@testable import Encoding
@testable import Recipes
@testable import RunFiles
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

  private func recipe(_ path: String, _ settings: [String]) throws -> Recipe {
    try TinyRun(["data.path=\(path)", "data.validation_count=1"] + settings).layers.resolved()
  }

  private func data(_ path: URL, _ settings: String...) throws -> TrainingData {
    try TrainingData(try recipe(path.path, settings))
  }

  private func values(_ data: any Dataset) throws -> [Float] {
    try data.batch(0..<data.summary.count).values
  }

  @Test func oneFactorScalesEveryLatent() throws {
    let latents = (0..<2).map { row in (0..<18).map { Float(row) - Float($0) / 4 } }
    try writeLatents(latents, shape: [2, 3, 3])
    let plain = try data(root, "data.scaling=none")
    #expect(plain.description.latents == nil)
    let scaled = try ScaledLatents(plain.training, LatentScaling(shift: 0.5, scale: 0.3099))
    let expected = try values(plain.training).map { Float(0.3099) * ($0 - 0.5) }
    #expect(worstDifference(try values(scaled), expected) <= 1e-6)
    #expect(expected.map(abs).max() ?? 0 > 1)
  }

  /// Each place of a patch has numbers of its own, as FLUX.2's latents do.
  @Test func placesOfAPatchAreScaledByThemselves() throws {
    try writeLatents((0..<2).map { row in (0..<8).map { Float(row + $0) } }, shape: [1, 2, 4])
    let plain = try data(root, "data.scaling=none").training
    let scaling = try LatentScaling(
      shift: [0, 1, 2, 3], scale: [1, 10, 100, 1_000], patch: 2)
    let item = try plain.item(at: 0, mirrored: false).values
    let scaled = try ScaledLatents(plain, scaling).item(at: 0, mirrored: false).values
    let expected = item.enumerated().map { place, value in
      let number = place / 4 * 2 + place % 2
      return (value - Float(number)) * [1, 10, 100, 1_000][number]
    }
    #expect(scaled == expected)
  }

  @Test func cachesAreStandardisedUnlessTold() throws {
    let cache = folder.url.appendingPathComponent("cache")
    try TinyTeacher.latents(in: cache)
    let plain = try data(cache, "data.scaling=none")
    #expect(plain.description.latents?.scaling == .identity)
    #expect(plain.description.latents?.autoencoder == "micro")
    let usual = try data(cache)
    let statistics = try LatentCacheDataset(folder: cache)
    #expect(usual.description.latents?.scaling.shift == statistics.mean)
    let raw = try values(plain.training)
    let area = raw.count / plain.training.summary.count / 2
    let expected = raw.enumerated().map { place, value in
      let channel = place / area % 2
      return (value - Float(statistics.mean[channel]))
        / Float(statistics.standardDeviation[channel])
    }
    #expect(worstDifference(try values(usual.training), expected) < 1e-5)
    let other = #expect(throws: PeregrineError.self) {
      try data(cache, "data.autoencoder=invae")
    }
    #expect(other?.description.contains("micro") == true)
  }

  @Test func whatCannotBeDecodedOrScaledIsRefused() throws {
    try writeLatents([[1, 2], [3, 4]], shape: [2, 1, 1])
    let weights = "data.autoencoder_weights=/nowhere.pt"
    let cases: [(String, [String], PeregrineError.Code, String)] = [
      (root.path, [], .usage, "data.scaling: statistics"),
      (root.path, ["data.scaling=autoencoder"], .usage, "data.autoencoder_weights"),
      (root.path, ["data.autoencoder=invae"], .usage, "data.autoencoder_weights"),
      (
        root.path, ["data.scaling=autoencoder", "data.autoencoder=invae", weights], .missingInput,
        "/nowhere.pt"
      ),
      ("shapes:20", ["data.autoencoder=invae"], .usage, "pictures"),
    ]
    for (path, settings, code, word) in cases {
      let error = #expect(throws: PeregrineError.self) {
        try TrainingData(try recipe(path, settings))
      }
      #expect(error?.code == code && error?.description.contains(word) == true, "\(settings)")
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
    let plain = try data(
      root, "data.scaling=autoencoder", "data.autoencoder=taef2",
      "data.autoencoder_weights=\(weights.path)")
    #expect(plain.description.latents?.scaling == .identity, "as published")
    let pictures = try [1, 0.3099].map { scale in
      var description = plain.description
      let scaling = LatentScaling(shift: 0.25, scale: scale)
      description.latents?.scaling = scaling
      let decoder = try PictureDecoder(description, device: .cpu)
      let items = try values(ScaledLatents(plain.training, scaling))
      return try decoder.pictures(Tensor(items, shape: [1, 32, 4, 4]))
    }
    #expect(pictures[0][0].width == 32)
    for (first, second) in zip(pictures[0], pictures[1]) {
      let worst = zip(first.pixels, second.pixels).map { abs(Int($0) - Int($1)) }.max()
      #expect(try #require(worst) <= 1)
    }
  }
}
