import Diagnostics
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct ModuleChecksTests {
  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func numbersThatAreNotFiniteAreRefusedByName(bad: Float) throws {
    let layer = try Linear(4, 3)
    try layer.randomize(seed: 1)
    try layer.requireFinite(from: "a.safetensors")
    let bias = try #require(layer.bias)
    try bias.value.copy(from: Tensor([0, bad, bad], shape: [3]))
    let error = #expect(throws: PeregrineError.self) {
      try layer.requireFinite(from: "a.safetensors")
    }
    #expect(error?.code == .badData)
    let message = error?.description ?? ""
    for words in ["`bias`", "`a.safetensors`", "2 of 3"] { #expect(message.contains(words)) }
  }
}
