import Diagnostics
import Encoders
import Foundation
import Nets
import Pictures
import Tensors
import TestSupport
import Testing

@Suite(.enabled(if: SharedFolder.data != nil))
struct MobileNetV2Tests {
  let weights: URL
  let golden: SafetensorsFile

  init() throws {
    let folder = try #require(SharedFolder.data).appendingPathComponent("weights")
    weights = folder.appendingPathComponent("mobilenet_v2_imagenet_int8.safetensors")
    golden = try SafetensorsFile(folder.appendingPathComponent("golden_mobilenet_v2.safetensors"))
  }

  @Test(arguments: [3, 6, 13, 17]) func mapsMatchTheGoldenFile(block: Int) throws {
    let network = try MobileNetV2(
      weights: weights, input: .symmetric(.none), tokenBlock: block)
    let found = try network(network.input(goldenPictures(golden)), [.tokens])[.tokens]
    let expected = try golden.tensor("block\(block)_nchw")
    let rows = try expected.permuted([0, 2, 3, 1]).reshaped([4, -1, expected.shape[1]])
    #expect(try deviation("mobilenet-v2 block \(block)", found, rows) < 1e-4)
  }

  @Test func outputsMatchTheGoldenFile() throws {
    let network = try MobileNetV2(weights: weights, input: .symmetric(.none))
    let found = try network(network.input(goldenPictures(golden)), [.pooled, .logits])
    #expect(Set(found.keys) == [.pooled, .logits])
    for output in [FeatureOutput.pooled, .logits] {
      let expected = try golden.tensor(output.rawValue)
      #expect(try deviation("mobilenet-v2 \(output)", found[output], expected) < 1e-4)
      #expect(expected.shape[1] == network.outputs[output])
    }
  }

  @Test func sizesThatDoNotSuitTheStridesRun() throws {
    let network = try MobileNetV2(weights: weights)
    let batch = try PlainArray.example([1, 3, 75, 50]).tensor(.float32)
    let found = try network(batch, [.tokens])
    #expect(found[.tokens]?.shape == [1, 5 * 4, 96])
    #expect(found.count == 1)
  }

  /// Batches run side by side, the last one shorter; each picture's row is its own.
  @Test func manyPicturesKeepTheirOrder() throws {
    let network = try MobileNetV2(weights: weights, input: .symmetric(.none))
    let four = try goldenPictures(golden)
    let pictures = (0..<11).map { four[$0 * 3 % 4] }
    let found = try #require(network(pictures, [.pooled], batch: 2)[.pooled])
    let order = try Tensor((0..<11).map { Int64($0 * 3 % 4) }, shape: [11])
    let expected = try golden.tensor("pooled").selecting(0, order)
    #expect(try deviation("mobilenet-v2 many pictures", found, expected) < 1e-4)

    let empty = #expect(throws: PeregrineError.self) { try network([], [.pooled]) }
    #expect(empty?.code == .usage)
    let small = try Picture(width: 3, height: 2, color: (1, 2, 3))
    let sizes = #expect(throws: PeregrineError.self) {
      try network(pictures + [small], [.pooled], batch: 1)
    }
    #expect(sizes?.code == .badData)
    #expect(sizes?.description.contains("3x2") == true)
  }

  @Test func outputsThatItDoesNotHaveAreNamed() throws {
    let network = try MobileNetV2()
    let error = #expect(throws: PeregrineError.self) {
      try network(.zeros([1, 3, 32, 32]), [.spatial])
    }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("spatial") == true)
    let shape = #expect(throws: PeregrineError.self) {
      try network(.zeros([3, 32, 32]), [.pooled])
    }
    #expect(shape?.code == .shapeMismatch)
  }

  @Test func weightsThatAreNotFiniteAreNamed() throws {
    var values = try SafetensorsFile(weights).tensors()
    let scales = try #require(values["block5.expand.scale"])
    values["block5.expand.scale"] = try scales * Double.nan
    let folder = try TemporaryFolder()
    let damaged = folder.url.appendingPathComponent("damaged.safetensors")
    try SafetensorsFile.write(values.map { ($0.key, $0.value) }, to: damaged)
    let error = #expect(throws: PeregrineError.self) {
      try FeatureNetworks.load("mobilenet-v2", weights: damaged)
    }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("`block5.expand.weight`") == true)
  }

  @Test func weightsOfAnotherNetworkAreRefused() throws {
    let other = weights.deletingLastPathComponent()
      .appendingPathComponent("resnet20_cifar10.safetensors")
    let error = #expect(throws: PeregrineError.self) {
      try FeatureNetworks.load("mobilenet-v2", weights: other)
    }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("another model") == true)
  }
}
