import Diagnostics
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

/// Two layers under checkpoint names.
private final class Pair: Module {
  let first: Linear
  let second: Linear
  let extra: Linear?
  init(extra: Bool = false) throws {
    first = try Linear(4, 3)
    second = try Linear(3, 2, bias: false)
    self.extra = extra ? try Linear(2, 2) : nil
  }
  var members: [Member] {
    (extra.map { [.module("extra", $0)] } ?? [])
      + [.module("enc.0", first), .module("enc.1", second)]
  }
}

@Suite struct ModuleTests {
  private let pair: Pair
  init() throws { pair = try Pair() }

  private func values() throws -> [String: Tensor] {
    try Dictionary(
      uniqueKeysWithValues: pair.state.map {
        ($0.name, try PlainArray.example($0.tensor.shape).tensor())
      })
  }

  @Test func namesJoinAlongTheTree() {
    #expect(pair.state.map(\.name) == ["enc.0.weight", "enc.0.bias", "enc.1.weight"])
    #expect(pair.parameterCount == 12 + 3 + 6)
  }

  @Test func loadingCopiesEveryValue() throws {
    let values = try values()
    try pair.load(values, from: "here")
    for (name, tensor) in pair.state {
      #expect(tensor.dtype == .float32)
      #expect(try tensor.scalars(Float.self) == values[name]?.scalars(Float.self))
    }
  }

  @Test func loadingIsStrict() throws {
    let whole = try values()
    var missing = whole
    missing["enc.0.bias"] = nil
    var unknown = whole
    unknown["enc.7.weight"] = try .zeros([1])
    var wrong = whole
    wrong["enc.1.weight"] = try .zeros([3, 2])
    let cases: [([String: Tensor], [String])] = [
      (missing, ["no `enc.0.bias`", "3 tensors"]), (unknown, ["unknown `enc.7.weight`"]),
      (wrong, ["`enc.1.weight`", "[3, 2]", "[2, 3]"]),
      ([:], ["`enc.0.weight`, `enc.0.bias`, `enc.1.weight`"]),
    ]
    for (values, words) in cases {
      let error = #expect(throws: PeregrineError.self) {
        try pair.load(values, from: "a.safetensors")
      }
      #expect(error?.code == .badData)
      let message = error?.description ?? ""
      for word in words + ["`a.safetensors`"] {
        #expect(message.contains(word), "\(word) in: \(message)")
      }
    }
    for (_, tensor) in pair.state {
      #expect(try tensor.magnitude().max().item() == 0, "a failure changes nothing")
    }
  }

  @Test func convertingKeepsTheValues() throws {
    try pair.load(values(), from: "here")
    let before = try pair.state.map { try $0.tensor.scalars(Float.self) }
    try pair.convert(to: .float64, on: .cpu)
    #expect(pair.state.allSatisfy { $0.tensor.dtype == .float64 && $0.tensor.requiresGradient })
    #expect(try pair.state.map { try $0.tensor.scalars(Float.self) } == before)
  }

  @Test func firstValuesDependOnSeedAndNameOnly() throws {
    try pair.initialize(seed: 3)
    let larger = try Pair(extra: true)
    try larger.initialize(seed: 3)
    let other = try Pair()
    try other.initialize(seed: 4)
    for (entry, same) in zip(pair.state, larger.state.suffix(3)) {
      #expect(try entry.tensor.bytes() == same.tensor.bytes(), "\(entry.name)")
    }
    #expect(try pair.first.weight.value.bytes() != other.first.weight.value.bytes())
    let twins = try (Linear(8, 8), Linear(8, 8))
    try twins.0.initialize(seed: 1)
    try twins.1.initialize(seed: 1)
    #expect(try twins.0.weight.value.bytes() == twins.1.weight.value.bytes())
  }
}

@Suite struct InitializerTests {
  /// Bounds that SR-DiT's first weights have: qkv, fusion and patch embedding.
  @Test(arguments: [(768, 2_304, 0.04419417), (1_536, 768, 0.05103104), (32, 768, 0.08660254)])
  func xavierFillsItsBounds(inputs: Int, outputs: Int, bound: Double) throws {
    let layer = try Linear(inputs, outputs)
    try layer.initialize(seed: 9)
    let weight = layer.weight.value
    let largest = try weight.magnitude().max().item()
    #expect(largest <= bound + 1e-8 && largest > 0.999 * bound)
    #expect(abs(try weight.mean().item()) < 0.02 * bound)
    #expect(abs(try weight.variance().item() / (bound * bound / 3) - 1) < 0.02)
    #expect(try layer.bias?.value.magnitude().max().item() == 0)
  }

  @Test func normalsHaveTheirDeviation() throws {
    let table = try Embedding(entries: 1_001, width: 96)
    try table.initialize(seed: 9)
    #expect(abs(try table.weight.value.variance().squareRoot().item() / 0.02 - 1) < 0.02)
    #expect(abs(try table.weight.value.mean().item()) < 3e-4)
  }

  @Test func constantsAndTablesAreTaken() throws {
    let parameter = try Parameter(shape: [2, 2], .table([1, 2, 3, 4]), isTrainable: false)
    #expect(!parameter.value.requiresGradient)
    #expect(Initializer.ones.draw(shape: [3], .init(seed: 0, purpose: "")) == [1, 1, 1])
    #expect(
      Initializer.table([1, 2]).draw(shape: [2], .init(seed: 0, purpose: "")) == [1, 2])
  }
}
