import Foundation
import Models
import TestSupport
import Testing

/// The fixture `srdit_b1_init`: the tensors and initial values of the reference's own models.
struct PublishedModels {
  /// One model.
  struct Model: Decodable, Sendable, CustomTestStringConvertible {
    struct Forward: Decodable, Sendable { let zShape: [Int]? }
    let model: String
    let depth, hiddenSize, numHeads, patchSize, decoderHiddenSize: Int
    let tensors, parameters, parametersTrainable: Int
    let forward: Forward
    /// The tensors, in the order of a checkpoint.
    let stateDict: [Row]
    var testDescription: String { model }
  }

  /// One tensor, with statistics of its initial values.
  struct Row: Decodable, Sendable {
    let key: String
    let shape: [Int]
    let kind: String
    let initMean, initStd, initAbsmax: Double

    /// The block that the tensor belongs to, if any.
    var block: Int? {
      let parts = key.split(separator: ".")
      return parts[0] == "blocks" ? Int(parts[1]) : nil
    }

    /// The name without the number of the block.
    var keyInBlock: String { key.split(separator: ".").dropFirst(2).joined(separator: ".") }
  }

  private struct Keys: Decodable { let models: [Model] }
  private struct Config: Decodable {
    let inputSize, inChannels, numClasses: Int
    let zDims: [Int]
    let qkNorm: Bool
  }

  /// The models that can be built; the reference's smaller ones have a last layer of another width.
  let models: [Model]
  private let config: Config

  init() throws {
    let fixture = try GoldenFixture("srdit_b1_init")
    config = try fixture.configuration(as: Config.self)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    models = try decoder.decode(Keys.self, from: Data(contentsOf: fixture.file("keys"))).models
      .filter { $0.decoderHiddenSize == $0.hiddenSize }
  }

  /// Our configuration of a model, with the given number of blocks.
  func configuration(_ model: Model, depth: Int) -> SiTConfiguration {
    var configuration = SiTConfiguration(
      size: TransformerSize(depth: depth, width: model.hiddenSize, heads: model.numHeads),
      patch: model.patchSize, channels: config.inChannels, side: config.inputSize,
      classCount: config.numClasses
    ).speedrun(teacherWidth: config.zDims[0])
    configuration.options.normalizesQueriesAndKeys = config.qkNorm
    return configuration
  }
}
