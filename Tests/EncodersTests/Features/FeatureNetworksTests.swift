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
