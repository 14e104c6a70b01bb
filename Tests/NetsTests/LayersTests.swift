import Diagnostics
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct LayersTests {
  @Test func patchesAreAConvolutionReadRowByRow() throws {
    let layer = try PatchEmbedding(channels: 3, patch: 2, width: 5)
    try layer.randomize(seed: 1)
    let x = try PlainArray.example([2, 3, 6, 4]).tensor(.float32)
    let found = try PlainArray(layer(x))
    let convolved = try x.convolved(
      layer.weight.value, layer.bias.value, stride: 2, padding: 0)
    let expected = try PlainArray(convolved.reshaped([2, 5, 6]).permuted([0, 2, 1]))
    #expect(found.distance(to: expected) < 1e-6)
    let error = #expect(throws: PeregrineError.self) { try layer(.zeros([1, 3, 5, 4])) }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.description.contains("[1, 3, 5, 4]") == true)
  }

  @Test func headsMustDivideTheWidth() {
    let error = #expect(throws: PeregrineError.self) { try Attention(width: 10, heads: 4) }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("width 10 and 4 heads") == true)
  }

  /// Attention does not see the order of its tokens, unless queries and keys are turned by positions.
  @Test func attentionWithRotationsSeesPositions() throws {
    let layer = try Attention(width: 16, heads: 2)
    try layer.randomize(seed: 2)
    let x = try PlainArray.example([1, 9, 16]).tensor(.float32)
    let rotary = try RotaryTable(side: 3, headWidth: 8)
    let order: [Int64] = [8, 7, 6, 5, 4, 3, 2, 1, 0]
    let indices = try Tensor(order, shape: [9])
    let plain = try PlainArray(layer(x).selecting(1, indices))
    let shuffled = try x.selecting(1, indices)
    #expect(try PlainArray(layer(shuffled)).distance(to: plain) < 1e-5)
    let turned = try PlainArray(layer(x, rotary: rotary).selecting(1, indices))
    #expect(try PlainArray(layer(shuffled, rotary: rotary)).distance(to: turned) > 1e-3)
  }

  @Test func anMLPIsTwoLinearLayersAroundATanhGELU() throws {
    let layer = try MLP(width: 4, hidden: 7)
    try layer.randomize(seed: 3)
    let state = Dictionary(uniqueKeysWithValues: layer.state.map { ($0.name, $0.tensor) })
    let x = try PlainArray.example([2, 4]).tensor(.float32)
    let hidden = try x.linear(#require(state["fc1.weight"]), state["fc1.bias"])
    let expected = try hidden.gelu(approximate: true)
      .linear(#require(state["fc2.weight"]), state["fc2.bias"])
    #expect(try layer(x).bytes() == expected.bytes())
  }
}
