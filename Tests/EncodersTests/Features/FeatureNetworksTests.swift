import Diagnostics
import Encoders
import Foundation
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
