import Diagnostics
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct SelectiveScanMixerTests {
  private static let small = SelectiveScanSizes(width: 20, states: 5)
  private static let forward = SelectiveScanSizes(width: 20, states: 5, isBidirectional: false)

  /// Against an independent loop over tokens, with all gradients.
  @Test(arguments: [("both", DType.float64), ("both", .float32), ("forward", .float64)])
  func theMixerMatchesTheGoldenNumbers(name: String, dtype: DType) throws {
    let folder = SharedFolder.packageRoot.appendingPathComponent("Fixtures/selective_scan")
    let cases = try SafetensorsFile(folder.appendingPathComponent("cases.safetensors"))
    var weights = try SafetensorsFile(folder.appendingPathComponent("weights.safetensors"))
      .tensors()
    if name == "forward" {
      weights = weights.filter { !$0.key.contains("_b.") && !["A_b_log", "D_b"].contains($0.key) }
    }
    let mixer = try SelectiveScanMixer(name == "both" ? Self.small : Self.forward)
    try mixer.load(weights, from: "the fixture")
    try mixer.convert(to: dtype, on: .cpu)
    let x = try cases.tensor("in/x").to(dtype).clone()
    try x.setRequiresGradient()
    let output = try mixer(x)
    try (output * cases.tensor("in/weight_of_output").to(dtype)).sum().backward()
    var found = [("out", output), ("grad.x", try #require(try x.gradient()))]
    for entry in mixer.namedParameters {
      found.append(("grad.\(entry.name)", try #require(try entry.parameter.value.gradient())))
    }
    var worst = 0.0
    for (role, tensor) in found {
      let expected = try PlainArray(cases.tensor("\(name)/\(role)"))
      let scale = expected.values.map(abs).max() ?? 0
      worst = max(worst, try PlainArray(tensor).distance(to: expected) / scale)
    }
    print("parity selective_scan \(name) \(dtype): \(worst) of the largest value")
    #expect(worst < (dtype == .float64 ? 1e-12 : 5e-6))
  }

  @Test func checkpointNamesAreThePublishedOnes() throws {
    let one = ["A_log", "D", "in_proj.weight"] + layers("")
    #expect(
      try SelectiveScanMixer(Self.forward).state.map(\.name) == one + ["out_proj.weight"])
    #expect(
      try SelectiveScanMixer(Self.small).state.map(\.name)
        == one + ["A_b_log", "D_b"] + layers("_b") + ["out_proj.weight"])
  }

  private func layers(_ suffix: String) -> [String] {
    [
      "conv1d\(suffix).weight", "conv1d\(suffix).bias", "x_proj\(suffix).weight",
      "dt_proj\(suffix).weight", "dt_proj\(suffix).bias",
    ]
  }

  /// A = −1 … −states, D = 1, steps log-uniform between 0.001 and 0.1.
  @Test func itStartsAsMambaDoes() throws {
    let mixer = try SelectiveScanMixer(SelectiveScanSizes(width: 128))
    try mixer.initialize(seed: 4)
    let state = Dictionary(uniqueKeysWithValues: mixer.state.map { ($0.name, $0.tensor) })
    for end in ["", "_b"] {
      let rates = try #require(state["A\(end)_log"]).exp().scalars(Double.self)
      #expect(rates.indices.allSatisfy { abs(rates[$0] - Double($0 % 16 + 1)) < 1e-5 })
      #expect(try #require(state["D\(end)"]).scalars(Double.self).allSatisfy { $0 == 1 })
      let steps = try #require(state["dt_proj\(end).bias"]).to(.float64).softplus()
        .scalars(Double.self)
      #expect(steps.allSatisfy { (0.000_999...0.100_1).contains($0) })
      // ln of a log-uniform number: mean ln 0.01 = −4.605, deviation ln 100 / √12 = 1.329.
      let mean = steps.map(log).reduce(0, +) / Double(steps.count)
      #expect(abs(mean + 4.605) < 4 * 1.329 / 16, "\(mean)")
    }
    #expect(try state["A_log"]?.bytes() == state["A_b_log"]?.bytes())
    #expect(try state["dt_proj.bias"]?.bytes() != state["dt_proj_b.bias"]?.bytes())
  }

  private func mixer(_ sizes: SelectiveScanSizes) throws -> SelectiveScanMixer {
    let mixer = try SelectiveScanMixer(sizes)
    try mixer.randomize(seed: 3)
    try mixer.convert(to: .float64, on: .cpu)
    return mixer
  }

  /// What a change of one token changes: with one direction that token and all after it, with two all.
  @Test(arguments: [false, true]) func tokensSeeTheOnesBeforeThem(both: Bool) throws {
    let mixer = try mixer(both ? Self.small : Self.forward)
    let x = PlainArray.example([1, 8, 20])
    let changed = PlainArray(x.shape) { $0[1] == 5 ? 1 + x[$0] : x[$0] }
    let (before, after) = try (mixer(x.tensor()), mixer(changed.tensor()))
    let moved = try (0..<8).map { token in
      try (before - after).sliced(1, token..<token + 1).magnitude().max().item() > 1e-6
    }
    #expect(moved == (0..<8).map { both || $0 >= 5 })
  }

  /// A sequence read backwards by a mixer whose directions have changed places is the same, backwards.
  @Test func theSecondDirectionIsTheFirstBackwards() throws {
    let (mixer, turned) = try (mixer(Self.small), mixer(Self.small))
    let values = Dictionary(uniqueKeysWithValues: mixer.state.map { ($0.name, $0.tensor) })
    let swapped = values.keys.map { name -> (String, Tensor?) in
      let isShared = ["in_proj.weight", "out_proj.weight"].contains(name)
      if isShared { return (name, values[name]) }
      if name.contains("_b") {
        return (name, values[name.replacingOccurrences(of: "_b", with: "")])
      }
      let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
      let head = parts[0] == "A_log" ? "A_b_log" : "\(parts[0])_b"
      return (name, values[([head] + parts.dropFirst()).joined(separator: ".")])
    }
    try turned.load(
      Dictionary(uniqueKeysWithValues: swapped).compactMapValues { $0 }, from: "the other mixer")
    let x = try PlainArray.example([2, 7, 20]).tensor()
    let plain = try PlainArray(mixer(x))
    #expect(try PlainArray(turned(x.flipped(1)).flipped(1)).distance(to: plain) < 1e-13)
    #expect(try PlainArray(mixer(x.flipped(1)).flipped(1)).distance(to: plain) > 1e-2)
  }

  @Test func shortConvolutionsLookBackOnly() throws {
    let layer = try CausalConvolution(channels: 3, kernel: 4)
    try layer.randomize(seed: 2)
    try layer.convert(to: .float64, on: .cpu)
    let x = PlainArray.example([2, 6, 3])
    let (weight, bias) = try (PlainArray(layer.weight.value), PlainArray(layer.bias.value))
    for reversed in [false, true] {
      let expected = PlainArray(x.shape) { index in
        (0..<4).reduce(bias[[index[2]]]) { total, tap in
          let source = index[1] + (reversed ? 3 - tap : tap - 3)
          guard (0..<6).contains(source) else { return total }
          return total + weight[[index[2], 0, tap]] * x[[index[0], source, index[2]]]
        }
      }
      let found = try PlainArray(layer(x.tensor(), reversed: reversed))
      #expect(found.distance(to: expected) < 1e-14)
    }
  }

  @Test func sizesBelowOneAreRefused() {
    let error = #expect(throws: PeregrineError.self) {
      try SelectiveScanMixer(SelectiveScanSizes(width: 8, states: 0))
    }
    #expect(error?.code == .usage)
  }

  /// By hand for width 32: 64 channels, rank 2, 16 states.
  @Test func workIsCountedExactly() {
    var sizes = SelectiveScanSizes(width: 32)
    let linear = 64 * (2 + 32) + 2 * 64
    let direction = linear + 64 * 4 + 64 * 16 * 4 + 64 * 2
    #expect(sizes.multiplyAddsPerToken == 32 * 128 + 64 * 32 + 2 * direction)
    sizes.isBidirectional = false
    #expect(sizes.multiplyAddsPerToken == 32 * 128 + 64 * 32 + direction)
  }
}
