import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Nets

@Suite struct MuonTests {
  private static let names = ["wide.0", "wide.1", "tall", "square", "row"]
  private let golden: SafetensorsFile

  init() throws {
    golden = try SafetensorsFile(
      SharedFolder.packageRoot.appendingPathComponent("Fixtures/muon/muon.safetensors"))
  }

  /// The fixture's parameters; the row in the shape of a mask token.
  private final class Matrices: Module {
    let members: [Member]
    init(_ golden: SafetensorsFile, _ dtype: DType) throws {
      members = try MuonTests.names.map { name in
        let value = try golden.tensor("weight/\(name)")
        let parameter = try Parameter(
          shape: name == "row" ? [1] + value.shape : value.shape, .zeros)
        try parameter.value.copy(from: value.reshaped(parameter.value.shape))
        return .parameter(name, parameter)
      }
      try convert(to: dtype, on: .cpu)
    }
  }

  private func giveGradients(_ module: any Module, step: Int) throws {
    for entry in module.namedParameters where !(entry.name == "wide.1" && step == 5) {
      let value = entry.parameter.value
      let gradient = try golden.tensor("gradient/\(entry.name)").sliced(0, step..<step + 1)
      try value.setGradient(gradient.to(value.dtype).reshaped(value.shape).clone())
    }
  }

  private func worstError(_ found: [(name: String, tensor: Tensor)], _ expected: String) throws
    -> Double
  {
    try found.map { entry in
      let name = entry.name.split(separator: "/")[0]
      let difference =
        try entry.tensor.detached().to(.float64).reshaped([-1])
        - golden.tensor("\(expected)/\(name)").to(.float64).reshaped([-1])
      return try difference.magnitude().max().item()
    }.max() ?? .infinity
  }

  @Test(arguments: [
    (DType.float64, DType.float64, "plain", 1e-12), (.float32, .float32, "plain", 1e-5),
    (.float32, .bfloat16, "torch", 2e-3),
  ])
  func tenStepsMatch(dtype: DType, iteration: DType, reference: String, tolerance: Double) throws {
    let module = try Matrices(golden, dtype)
    let optimizer = try Muon(
      module.namedParameters, .init(weightDecay: 0.1, iterationDType: iteration))
    for step in 0..<10 {
      try giveGradients(module, step: step)
      try optimizer.step(learningRate: 0.02)
      optimizer.clearGradients()
    }
    let weights = try worstError(module.state, "\(reference)/weight")
    let momenta = try worstError(optimizer.state, "\(reference)/momentum")
    print("parity muon \(iteration) against \(reference): weights \(weights), momenta \(momenta)")
    #expect(weights < tolerance)
    #expect(momenta < min(tolerance, 1e-6))
  }

  @Test func directionsAreNearlyOrthogonal() throws {
    let matrices = try PlainArray.example([3, 5, 9]).tensor()
    let directions = try NewtonSchulz.orthogonalized(matrices)
    let values = try directions.matmul(directions.permuted([0, 2, 1])).symmetricEigenvalues()
      .squareRoot().scalars(Double.self)
    #expect(values.allSatisfy { (0.6...1.25).contains($0) }, "\(values)")
    let zeros = try NewtonSchulz.orthogonalized(.zeros([1, 4, 2]))
    #expect(try zeros.scalars(Double.self).allSatisfy { $0 == 0 })
  }

  @Test func whatIsNoMatrixIsRefused() throws {
    let layer = try Linear(3, 2)
    let error = #expect(throws: PeregrineError.self) { try Muon(layer.namedParameters) }
    #expect(error?.doing.contains("`bias`") == true)
    let convolution = try PatchEmbedding(channels: 2, patch: 1, width: 3)
    #expect(!Muon.isMatrix(convolution.weight.value.shape))
    #expect(Muon.isMatrix([1, 1, 8]))
    #expect(!Muon.isMatrix([]))
  }

  /// The names of SR-DiT's state dictionary and who moves them.
  @Test(arguments: [
    ("mask_token", [1, 1, 8], true), ("fusion_proj.weight", [8, 16], true),
    ("blocks.0.attn.qkv.weight", [24, 8], true), ("blocks.0.mlp.fc2.weight", [8, 32], true),
    ("projectors.0.2.weight", [8, 8], true), ("blocks.0.attn.qkv.bias", [24], false),
    ("blocks.1.attn.v1_lambda", [], false), ("blocks.0.attn.q_norm.weight", [4], false),
    ("blocks.0.adaLN_modulation.1.weight", [48, 8], false),
    ("cls_projectors2.weight", [8, 8], false),
    ("x_embedder.proj.weight", [8, 4, 1, 1], false), ("t_embedder.mlp.0.weight", [8, 16], false),
    ("y_embedder.embedding_table.weight", [11, 8], false), ("wg_norm.weight", [8], false),
    ("final_layer.linear.weight", [4, 8], false), ("final_layer.linear_cls.weight", [8, 8], false),
  ])
  func theSplitIsTheReferences(name: String, shape: [Int], isMuons: Bool) throws {
    let entry = NamedParameter(name: name, parameter: try Parameter(shape: shape, .zeros))
    #expect(MuonWithAdamW.isMuons(entry) == isMuons)
  }

  /// Each part moves as if the other were not there, at its own rate.
  @Test func togetherTheyMoveAsAlone() throws {
    func stepped(_ rate: Double, _ make: ([NamedParameter]) throws -> any Optimizer) throws
      -> [String: [UInt8]]
    {
      let layer = try Linear(6, 4)
      try layer.randomize(seed: 3)
      let optimizer = try make(layer.namedParameters)
      for phase in 0..<3 {
        for entry in layer.namedParameters {
          let value = entry.parameter.value
          let gradient = PlainArray.example(value.shape, phase: Double(phase) / 5)
          try value.setGradient(gradient.tensor(.float32))
        }
        try optimizer.step(learningRate: rate)
        optimizer.clearGradients()
        #expect(try layer.weight.value.gradient() == nil || optimizer is AdamW)
      }
      return try Dictionary(
        uniqueKeysWithValues: layer.state.map { ($0.name, try $0.tensor.bytes()) })
    }
    let muon = try stepped(0.02) { try Muon($0.filter { $0.name == "weight" }) }
    let adamW = try stepped(0.01) { try AdamW($0.filter { $0.name == "bias" }, .init()) }
    let both = try stepped(0.01) {
      try MuonWithAdamW($0, muon: .init(), adamW: .init(), relativeRate: 2)
    }
    #expect(both["weight"] == muon["weight"])
    #expect(both["bias"] == adamW["bias"])
    #expect(muon["bias"] != adamW["bias"])
    #expect(muon["weight"] != adamW["weight"])
  }
}
