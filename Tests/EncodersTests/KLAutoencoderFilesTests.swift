import Diagnostics
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@testable import Encoders

@Suite struct KLAutoencoderFilesTests {
  private let folder: TemporaryFolder
  private var file: URL { folder.url.appendingPathComponent("vae.safetensors") }
  private let checkpoint = KLFixture.folder.appendingPathComponent("micro.ckpt")

  init() throws { folder = try TemporaryFolder() }

  /// The weights of the smallest autoencoder in our names.
  private func weights() throws -> [(name: String, tensor: Tensor)] {
    try KLAutoencoder(KLFixture.micro).state.map {
      ($0.name, try .formulaWeight($0.name, shape: $0.tensor.shape))
    }
  }

  private func refusal(
    _ tensors: [(name: String, tensor: Tensor)], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    try SafetensorsFile.write(tensors, to: file)
    let error = #expect(throws: PeregrineError.self, sourceLocation: sourceLocation) {
      try KLAutoencoder(KLFixture.micro, weights: file)
    }
    #expect(error?.code == .badData, sourceLocation: sourceLocation)
    #expect(error?.description.contains(file.path) == true, sourceLocation: sourceLocation)
    return error?.description ?? ""
  }

  /// A whole model's checkpoint, written by `torch.save`, under a prefix and beside other tensors.
  @Test func trainingCheckpointsAreRead() throws {
    let model = try KLAutoencoder(KLFixture.micro, weights: checkpoint)
    for (name, tensor) in model.state {
      #expect(try distance(tensor, .formulaWeight(name, shape: tensor.shape)) == 0, "\(name)")
    }
  }

  @Test(arguments: ["", "vae.", "first_stage_model."])
  func safetensorsAreReadUnderAPrefix(prefix: String) throws {
    try SafetensorsFile.write(weights().map { (prefix + $0.name, $0.tensor) }, to: file)
    let model = try KLAutoencoder(KLFixture.micro, weights: file)
    for (name, tensor) in model.state {
      #expect(try distance(tensor, .formulaWeight(name, shape: tensor.shape)) == 0, "\(name)")
    }
  }

  /// Older diffusers called attention's layers otherwise; some files hold them as convolutions.
  @Test(arguments: [[], [1], [1, 1]])
  func olderNamesOfDiffusersMeanTheSame(trailing: [Int]) throws {
    let newer = try KLFixture.sd.weights()
    let parts = ["to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"]
    var older: [String: Tensor] = [:]
    for (name, tensor) in newer {
      let part = parts.first { name.contains(".\($0.key).") }
      older[part.map { name.replacing($0.key, with: $0.value) } ?? name] =
        part != nil && tensor.shape.count == 2
        ? try tensor.reshaped(tensor.shape + trailing) : tensor
    }
    #expect(older.keys.count { newer[$0] == nil } == 16)
    let names = KLCheckpointNames(source: "older")
    let (first, second) = (try names.ours(newer), try names.ours(older))
    #expect(first.count == 248 && Set(first.keys) == Set(second.keys))
    for (name, tensor) in first {
      #expect(second[name]?.shape == tensor.shape)
      #expect(try second[name]?.bytes() == tensor.bytes(), "\(name)")
    }
  }

  /// Black Forest Labs keeps FLUX.2's 1×1 convolutions inside encoder and decoder.
  @Test func convolutionsInsideTheHalvesAreFound() throws {
    let inside = try weights().map { name, tensor in
      (
        name.hasPrefix("quant")
          ? "encoder.\(name)" : name.hasPrefix("post") ? "decoder.\(name)" : name, tensor
      )
    }
    try SafetensorsFile.write(inside, to: file)
    _ = try KLAutoencoder(KLFixture.micro, weights: file)
  }

  @Test(arguments: [0.3, 0.9, 0.999]) func truncatedFilesAreRefused(part: Double) throws {
    try SafetensorsFile.write(weights(), to: file)
    for source in [file, checkpoint] {
      let whole = try Data(contentsOf: source)
      let cut = folder.url.appendingPathComponent("cut-" + source.lastPathComponent)
      try whole.prefix(Int(Double(whole.count) * part)).write(to: cut)
      let error = #expect(throws: PeregrineError.self) {
        try KLAutoencoder(KLFixture.micro, weights: cut)
      }
      #expect(error?.code == .badData)
      #expect(error?.description.contains(cut.path) == true)
    }
  }

  @Test func missingFilesAreNamed() throws {
    let error = #expect(throws: PeregrineError.self) {
      try KLAutoencoder(KLFixture.micro, weights: file)
    }
    #expect(error?.code == .missingInput)
    #expect(error?.description.contains(file.path) == true)
  }

  @Test func otherFilesAreRefused() throws {
    let other = try refusal([("blocks.0.attn.qkv.weight", .zeros([3]))])
    #expect(other.contains("no `encoder.conv_in.weight`"), "\(other)")
    var (configuration, another) = (KLFixture.micro, KLFixture.micro)
    configuration.latentChannels = 3
    another.multipliers = [1, 2, 2]
    for (configuration, word) in [(configuration, "shape ["), (another, "no `encoder.down.1.")] {
      let error = #expect(throws: PeregrineError.self) {
        try KLAutoencoder(configuration, weights: checkpoint)
      }
      #expect(error?.code == .badData)
      #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }
  }

  @Test func mixedFilesAreRefused() throws {
    let whole = try weights()
    let theirs = whole.map { name, tensor in
      (name.replacing("encoder.mid.block_1", with: "encoder.mid_block.resnets.0"), tensor)
    }
    let mixed = try refusal(theirs)
    #expect(mixed.contains("not both") && mixed.contains("mid_block.resnets.0"), "\(mixed)")
    let twice = try refusal(whole.flatMap { [("a.\($0)", $1), ("b.\($0)", $1)] })
    #expect(twice.contains("`a.`, `b.`"), "\(twice)")
    let doubled = try refusal(whole + [("encoder.quant_conv.bias", .zeros([4]))])
    #expect(doubled.contains("quant_conv.bias"), "\(doubled)")
  }

  @Test(arguments: [Float.nan, .infinity]) func weightsMustBeFinite(bad: Float) throws {
    let tensors = try weights().map { name, tensor in
      guard name == "decoder.mid.attn_1.norm.bias" else { return (name, tensor) }
      let values = [bad] + [Float](repeating: 0, count: tensor.count - 1)
      return (name, try Tensor(values, shape: tensor.shape))
    }
    #expect(try refusal(tensors).contains("`decoder.mid.attn_1.norm.bias`"))
  }

  @Test func shapesMustFit() throws {
    let model = try KLAutoencoder(KLFixture.micro, weights: checkpoint)
    for shape in [[1, 3, 5, 4], [1, 3, 4, 7], [1, 1, 4, 4], [3, 4, 4], [1, 3, 0, 4]] {
      let error = #expect(throws: PeregrineError.self) { try model.encode(.zeros(shape)) }
      #expect(error?.code == .shapeMismatch)
      #expect(error?.description.contains("\(shape)") == true)
    }
    let error = #expect(throws: PeregrineError.self) { try model.decode(.zeros([1, 4, 2, 2])) }
    #expect(error?.code == .shapeMismatch)
  }

  @Test func sizesMustFitEachOther() throws {
    var attempts = [KLFixture.micro, KLFixture.micro, KLFixture.micro]
    attempts[0].groups = 3
    attempts[1].multipliers = []
    attempts[2].latentChannels = 0
    for configuration in attempts {
      let error = #expect(throws: PeregrineError.self) { try KLAutoencoder(configuration) }
      #expect(error?.code == .usage)
    }
  }
}
