import Diagnostics
import Encoders
import Foundation
import Nets
import Pictures
import Tensors
import TestSupport
import Testing

@Suite struct FeatureNetworksTests {
  @Test func unknownNamesGetTheNearest() {
    let error = #expect(throws: PeregrineError.self) {
      try FeatureNetworks.load("mobilenetv2@128", weights: URL(fileURLWithPath: "x"))
    }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("Did you mean `mobilenet-v2`?") == true)
  }

  @Test(arguments: ["mobilenet-v2@", "mobilenet-v2@big", "mobilenet-v2@0", "mobilenet-v2@8@8"])
  func sidesAreNumbers(spec: String) {
    let error = #expect(throws: PeregrineError.self) {
      try FeatureNetworks.load(spec, weights: URL(fileURLWithPath: "x"))
    }
    #expect(error?.code == .usage)
    #expect(error?.description.contains(spec) == true)
  }

  @Test(
    arguments: [
      ("squeezenet@20", "a number from 21 to 4096, as in `squeezenet@227`"),
      ("inception@74", "a number from 75 to 4096, as in `inception@299`"),
      ("dinov2-vits14@16", "a multiple of 14 up to 4096, as in `dinov2-vits14@224`"),
      ("mobilenet-v2@4097", "a number from 1 to 4096, as in `mobilenet-v2@224`"),
    ])
  func sidesThatANetworkCannotWorkWithAreRefusedAtOnce(spec: String, expected: String) {
    let error = #expect(throws: PeregrineError.self) {
      try FeatureNetworks.load(spec, weights: URL(fileURLWithPath: "x"))
    }
    #expect(error?.code == .usage)
    #expect(error?.expected == expected)
  }

  /// The least side works with every output, and is the least: the layers themselves fail below it.
  @Test func theLeastSidesAreTheLayers() throws {
    let networks: [any FeatureNetwork] = [
      try SqueezeNet(), try InceptionV3(), try MobileNetV2(), try CIFARResNet(depth: 20),
    ]
    for network in networks {
      let wanted = Set(network.outputs.keys).subtracting([.spatial])
      let least = network.sides.least
      let found = try network(.ones([2, 3, least, least]), wanted)
      #expect(Set(found.keys) == wanted, "\(network.name)")
      guard least > 1 else { continue }
      let small = try Tensor.ones([2, 3, least - 1, least])
      #expect(throws: PeregrineError.self) { try network.features(small, wanted) }
      let error = #expect(throws: PeregrineError.self) { try network(small, wanted) }
      #expect(error?.found == "pictures of \(least)x\(least - 1) pixels", "\(network.name)")
      #expect(error?.expected == "sides of at least \(least)")
    }
  }

  /// With weights: the sides at which the last maps have one position.
  @Test(
    .enabled(if: SharedFolder.data != nil),
    arguments: [
      ("mobilenet-v2", "mobilenet_v2_imagenet_int8", 1...33),
      ("resnet20-cifar10", "resnet20_cifar10", 1...5),
      ("resnet56-cifar10", "resnet56_cifar10", 1...5),
    ])
  func smallSidesWork(name: String, weights: String, sides: ClosedRange<Int>) throws {
    let file = try #require(SharedFolder.data)
      .appendingPathComponent("weights/\(weights).safetensors")
    let picture = Picture(width: 20, height: 30, pixels: Formula.bytes("picture", 1800))
    for side in sides {
      let network = try FeatureNetworks.load("\(name)@\(side)", weights: file)
      let batch = try network.input([picture])
      let found = try network(batch, [.pooled, .tokens])
      try network.convert(to: .float64, on: .cpu)
      let precise = try network(batch.to(.float64), [.pooled, .tokens])
      for output in [FeatureOutput.pooled, .tokens] {
        let expected = try #require(precise[output]).to(.float32)
        #expect(
          try deviation("\(name)@\(side) \(output)", found[output], expected) < 1e-4)
      }
    }
  }

  @Test(.enabled(if: SharedFolder.data != nil)) func theSideChoosesTheResizing() throws {
    let file = try #require(SharedFolder.data)
      .appendingPathComponent("weights/mobilenet_v2_imagenet_int8.safetensors")
    let network = try FeatureNetworks.load("mobilenet-v2@128", weights: file)
    #expect(network.input.resizing == .bilinear(side: 128))
    #expect(network.name == "mobilenet-v2")
  }

  /// One file of weights serves as the network of scores and as the teacher of REPA.
  @Test func dinov2ComesInTwoWays() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("vits14.safetensors")
    let configuration = try #require(DINOv2Configuration.published["vits14"])
    let zeros = try DINOv2(configuration, name: "zeros", positions: .original)
    let shapes = zeros.state.map { ($0.name, $0.tensor.shape) }
    try Formula.write(Dictionary(uniqueKeysWithValues: shapes), to: file)

    let scoring = try #require(
      try FeatureNetworks.load("dinov2-vits14", weights: file) as? DINOv2)
    #expect(scoring.input == .imageNet(.pillowBicubic(side: 224)))
    #expect(scoring.positions == .original)
    let teacher = try #require(
      try FeatureNetworks.load("dinov2-vits14-repa@112", weights: file) as? DINOv2)
    #expect(teacher.input == .imageNet(.bicubic(side: 112)))
    #expect(teacher.positions == .antialiased)
    #expect(teacher.name == "dinov2-vits14-repa")

    let picture = Picture(width: 20, height: 30, pixels: Formula.bytes("picture", 1800))
    let found = try teacher([picture], [.pooled, .tokens])
    #expect(found[.pooled]?.shape == [1, 384])
    #expect(found[.tokens]?.shape == [1, 64, 384])
  }

  @Test func missingFilesAreNamed() {
    for name in FeatureNetworks.names {
      for file in ["missing.safetensors", "missing.pth"] {
        let error = #expect(throws: PeregrineError.self) {
          try FeatureNetworks.load(name, weights: URL(fileURLWithPath: file))
        }
        #expect(error?.code == .missingInput)
      }
    }
  }
}
