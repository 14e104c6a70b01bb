import Diagnostics
import Nets
import Tensors
import TestSupport
import Testing

/// What attention does with and without its options, against the same steps written out.
@Suite struct AttentionTests {
  private let x: Tensor
  private let rotary: RotaryTable

  init() throws {
    x = try PlainArray.example([2, 9, 16]).tensor(.float32)
    rotary = try RotaryTable(side: 3, headWidth: 8)
  }

  private func layer(_ options: AttentionOptions = .plain) throws -> Attention {
    let layer = try Attention(width: 16, heads: 2, options: options)
    try layer.randomize(seed: 4)
    return layer
  }

  private func weights(_ layer: Attention) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: layer.state.map { ($0.name, $0.tensor) })
  }

  /// Queries, keys and values, `[batch, heads, tokens, head width]`.
  private func parts(_ weights: [String: Tensor]) throws -> [Tensor] {
    try x.linear(#require(weights["qkv.weight"]), weights["qkv.bias"])
      .reshaped([2, 9, 3, 2, 8]).permuted([2, 0, 3, 1, 4]).chunks(3, dim: 0)
      .map { try $0.squeezed(0) }
  }

  private func finish(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ weights: [String: Tensor]) throws
    -> Tensor
  {
    let mixed = try q.attention(keys: k, values: v, scale: 1 / 8.0.squareRoot())
      .permuted([0, 2, 1, 3]).reshaped([2, 9, 16])
    return try mixed.linear(#require(weights["proj.weight"]), weights["proj.bias"])
  }

  @Test func withoutOptionsItIsPlainAttentionBitForBit() throws {
    let layer = try layer()
    let weights = weights(layer)
    #expect(layer.state.map(\.name) == ["qkv.weight", "qkv.bias", "proj.weight", "proj.bias"])
    let parts = try parts(weights)
    let plain = try finish(parts[0], parts[1], parts[2], weights)
    #expect(try layer(x).bytes() == plain.bytes())
    let turned = try finish(
      rotary.rotate(parts[0]), rotary.rotate(parts[1]), parts[2], weights)
    #expect(try layer(x, rotary: rotary).bytes() == turned.bytes())
    let result = try layer.attend(x, rotary: rotary, firstValues: .ones([2, 2, 9, 8]))
    #expect(try result.output.bytes() == turned.bytes(), "a plain layer mixes nothing in")
    #expect(try result.values.bytes() == parts[2].bytes())
  }

  @Test func queriesAndKeysAreNormalisedBeforeTheyAreTurned() throws {
    let layer = try layer(AttentionOptions(queryKeyNormEpsilon: 1e-3))
    let weights = weights(layer)
    #expect(layer.state.map(\.name)[2...3] == ["q_norm.weight", "k_norm.weight"])
    let parts = try parts(weights)
    let q = try parts[0].rmsNorm(weight: weights["q_norm.weight"], epsilon: 1e-3)
    let k = try parts[1].rmsNorm(weight: weights["k_norm.weight"], epsilon: 1e-3)
    let expected = try finish(rotary.rotate(q), rotary.rotate(k), parts[2], weights)
    #expect(try layer(x, rotary: rotary).bytes() == expected.bytes())
    let without = try PlainArray(finish(parts[0], parts[1], parts[2], weights))
    #expect(try PlainArray(layer(x)).distance(to: without) > 1e-3)
  }

  @Test func theFirstBlocksValuesAreMixedInByOneWeight() throws {
    let layer = try layer(AttentionOptions(mixesFirstValues: true))
    let weights = weights(layer)
    #expect(layer.state.map(\.name).first == "v1_lambda")
    let share = try #require(weights["v1_lambda"]).item()
    #expect(share != 0.5)
    let parts = try parts(weights)
    let first = try PlainArray.example([2, 2, 9, 8], phase: 1).tensor(.float32)
    let mixed = try parts[2] * (1 - share) + first * share
    let expected = try PlainArray(finish(parts[0], parts[1], mixed, weights))
    let result = try layer.attend(x, rotary: nil, firstValues: first)
    #expect(try PlainArray(result.output).distance(to: expected) < 1e-6)
    #expect(try result.values.bytes() == parts[2].bytes(), "its own values, unmixed")
    let error = #expect(throws: PeregrineError.self) { try layer(x) }
    #expect(error?.code == .usage)
  }

  @Test func theMixingWeightStartsAtOneHalfAndLearns() throws {
    let layer = try Attention(
      width: 16, heads: 2, options: AttentionOptions(mixesFirstValues: true))
    try layer.initialize(seed: 1)
    let weight = try #require(layer.namedParameters.first).parameter.value
    #expect(try weight.item() == 0.5)
    let first = try PlainArray.example([2, 2, 9, 8], phase: 1).tensor(.float32)
    let loss = try layer.attend(x, rotary: nil, firstValues: first).output.squared().sum()
    try loss.backward()
    #expect(try abs(#require(try weight.gradient()).item()) > 1e-3)
  }
}
