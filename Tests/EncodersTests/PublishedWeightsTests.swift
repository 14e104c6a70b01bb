import Diagnostics
import Encoders
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

/// Weight files as they are published, and those that are not there.
@Suite struct PublishedWeightsTests {
  /// The file of the TAEF2 repository has diffusers' names.
  @Test func taef2HasTwoNamings() throws {
    let folder = try TemporaryFolder()
    let model = try TAEF2()
    let weights = try model.state.map { name, tensor in
      (name: name, tensor: try Tensor.formulaWeight(name, shape: tensor.shape))
    }
    let renamed = weights.map { name, tensor in
      var parts = name.split(separator: ".").map(String.init)
      if parts[0] == "decoder", let position = Int(parts[1]) { parts[1] = "\(position - 1)" }
      parts.insert("layers", at: 1)
      return (name: parts.joined(separator: "."), tensor: tensor)
    }
    let (ours, theirs) = (
      folder.url.appendingPathComponent("ours"), folder.url.appendingPathComponent("theirs")
    )
    try SafetensorsFile.write(weights, to: ours)
    try SafetensorsFile.write(renamed, to: theirs)
    let (one, other) = (try TAEF2(weights: ours), try TAEF2(weights: theirs))
    for (a, b) in zip(one.state, other.state) {
      #expect(try a.tensor.bytes() == b.tensor.bytes(), "\(a.name)")
    }
  }

  @Test func aMissingFileNamesThePage() {
    let nowhere = URL(fileURLWithPath: "/nowhere/weights")
    let errors = [
      #expect(throws: PeregrineError.self) { try Autoencoders.load("taef2", weights: nowhere) },
      #expect(throws: PeregrineError.self) {
        try FeatureNetworks.load("mobilenet-v2@128", weights: nowhere)
      },
    ]
    for error in errors {
      #expect(error?.code == .missingInput)
      #expect(error?.description.contains("docs/weights.md") == true)
    }
  }

  /// Every network by name is in the page's table.
  @Test func thePageNamesEveryNetwork() throws {
    let page = try String(
      contentsOf: SharedFolder.packageRoot.appendingPathComponent("docs/weights.md"),
      encoding: .utf8)
    for name in Autoencoders.names + FeatureNetworks.names {
      let plain = name.replacingOccurrences(of: "-repa", with: "")
        .replacingOccurrences(of: "-reg", with: "")
      #expect(page.contains("`\(plain)`"), "\(name)")
    }
  }
}
