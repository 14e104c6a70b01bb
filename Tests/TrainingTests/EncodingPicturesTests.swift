import Diagnostics
import Encoders
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

/// Pictures that are encoded before a run trains on their latents.
@Suite struct EncodingPicturesTests {
  let folder: TemporaryFolder
  private let tiny: TinyRun

  init() throws {
    folder = try TemporaryFolder()
    let network = try TAEF2()
    let weights = folder.url.appendingPathComponent("taef2.safetensors")
    try SafetensorsFile.write(
      network.state.map { name, tensor in
        (name: name, tensor: try Tensor.formulaWeight(name, shape: tensor.shape))
      }, to: weights)
    let photos = folder.url.appendingPathComponent("photos")
    try PictureTree.write(to: photos, perClass: 5)
    tiny = try TinyRun([
      "data.path=\(photos.path)", "data.size=16", "data.autoencoder=taef2", "data.flip=true",
      "data.autoencoder_weights=\(weights.path)", "model.preset=SiT-Ti/1", "training.images=8",
      "data.validation_count=2",
    ])
  }

  private func encoded(_ layers: RecipeLayers) throws -> RecipeLayers {
    try layers.encodingPictures(for: tiny.run("run")) { _, _ in true }
  }

  @Test func aRunTrainsOnTheLatentsOfItsPictures() throws {
    #expect(try tiny.layers.needsEncoding())
    let layers = try encoded(tiny.layers)
    #expect(try !layers.needsEncoding())
    #expect(layers.entries["data.path"]?.value.hasSuffix("/run-latents") == true)
    let outcome = try Trainer(layers, run: tiny.run("run")) { _ in }.train { true }
    #expect(outcome == .interrupted)
    // The run goes on with its latents, not with other pictures, but even without any.
    let photos = folder.url.appendingPathComponent("photos")
    let others = folder.url.appendingPathComponent("others")
    try PictureTree.write(to: others, perClass: 4)
    var changed = tiny.layers
    try changed.apply(assignment: "data.path=\(others.path)")
    #expect(throws: PeregrineError.self) { try encoded(changed) }
    #expect(try encoded(tiny.layers).differences(from: layers).isEmpty)
    try FileManager.default.removeItem(at: photos)
    let again = try encoded(tiny.layers)
    #expect(again.differences(from: layers).isEmpty)
    #expect(try Trainer(again, run: tiny.run("run")) { _ in }.train() == .finished)
  }

  @Test func whatNoRunCanBeStartedInIsRefusedBeforeTheWork() throws {
    let cache = folder.url.appendingPathComponent("run-latents")
    let run = tiny.run("run").url
    try FileManager.default.createDirectory(
      at: run.appendingPathComponent("cats"), withIntermediateDirectories: true)
    #expect(throws: PeregrineError.self) { try encoded(tiny.layers) }
    #expect(!FileManager.default.fileExists(atPath: cache.path))
    // A run inside the photos would make its pictures data.
    let inside = RunLayout(folder.url.appendingPathComponent("photos/run"))
    #expect(throws: PeregrineError.self) {
      try tiny.layers.encodingPictures(for: inside) { _, _ in true }
    }
    #expect(!FileManager.default.fileExists(atPath: inside.url.path + "-latents"))
  }

  @Test func theOrientationIsThatOfTheRecipe() throws {
    var layers = tiny.layers
    try layers.apply(assignment: "data.orientation=upright")
    var decodings: [String?] = []
    _ = try layers.encodingPictures(
      for: tiny.run("run"), onOpening: { decodings.append($0.decoding) }
    ) { _, _ in true }
    #expect(decodings.count == 1 && decodings[0]?.contains("upright") == true, "\(decodings)")
  }

  @Test func withoutWeightsTheSettingIsNamed() throws {
    var layers = tiny.layers
    try layers.apply(assignment: "data.autoencoder_weights=")
    let error = #expect(throws: PeregrineError.self) { try encoded(layers) }
    #expect(error?.code == .usage)
    #expect(error?.advice.contains("data.autoencoder_weights=taef2.safetensors") == true)
  }

  @Test func aRecipeWithoutAnAutoencoderStaysAsItIs() throws {
    let layers = try TinyRun().layers
    #expect(try encoded(layers).entries == layers.entries)
  }
}
