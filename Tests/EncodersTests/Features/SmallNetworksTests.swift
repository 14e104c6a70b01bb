import Diagnostics
import Encoders
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

/// SqueezeNet and the residual networks for CIFAR-10 against their golden files.
@Suite(.enabled(if: SharedFolder.data != nil))
struct SmallNetworksTests {
  let folder: URL

  init() throws { folder = try #require(SharedFolder.data).appendingPathComponent("weights") }

  private func golden(_ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(folder.appendingPathComponent("golden_\(name).safetensors"))
  }

  @Test(arguments: [4, 8]) func fireModulesMatch(module: Int) throws {
    let golden = try golden("squeezenet")
    var input = SqueezeNet.standardInput
    input.resizing = .none
    let network = try SqueezeNet(
      weights: folder.appendingPathComponent("squeezenet_v1_0_imagenet.safetensors"), input: input,
      tokenModule: module)
    let wanted = Set(FeatureOutput.allCases).intersection(network.outputs.keys)
    let found = try network(input(goldenPictures(golden)), wanted)
    let map = try golden.tensor("fire\(module)_nchw")
    let rows = try map.permuted([0, 2, 3, 1]).reshaped([4, -1, map.shape[1]])
    #expect(try deviation("squeezenet fire\(module)", found[.tokens], rows) < 1e-5)
    for output in [FeatureOutput.pooled, .logits] {
      let expected = try golden.tensor(output.rawValue)
      #expect(try deviation("squeezenet \(output)", found[output], expected) < 1e-5)
    }
    let early = try network(input(goldenPictures(golden)), [.tokens])
    #expect(try early[.tokens]?.bytes() == found[.tokens]?.bytes())
  }

  @Test(arguments: [20, 56]) func residualNetworksMatch(depth: Int) throws {
    let golden = try golden("resnet_cifar10")
    let network = try FeatureNetworks.load(
      "resnet\(depth)-cifar10",
      weights: folder.appendingPathComponent("resnet\(depth)_cifar10.safetensors"))
    let batch = try network.input(goldenPictures(golden, "image32_u8_nhwc"))
    let found = try network(batch, [.pooled, .logits, .tokens])
    for output in [FeatureOutput.pooled, .logits] {
      let expected = try golden.tensor("resnet\(depth).\(output.rawValue)")
      #expect(try deviation("resnet\(depth) \(output)", found[output], expected) < 1e-5)
    }
    let tokens = try #require(found[.tokens])
    #expect(tokens.shape == [4, 64, 64])
    #expect(
      try deviation("resnet\(depth) tokens", tokens.mean([1]), #require(found[.pooled])) < 1e-5)
  }

  @Test func depthsThatDoNotExistAreRefused() {
    let error = #expect(throws: PeregrineError.self) { try CIFARResNet(depth: 18) }
    #expect(error?.code == .usage)
    let module = #expect(throws: PeregrineError.self) { try SqueezeNet(tokenModule: 10) }
    #expect(module?.code == .usage)
    let block = #expect(throws: PeregrineError.self) { try MobileNetV2(tokenBlock: 0) }
    #expect(block?.code == .usage)
  }
}
