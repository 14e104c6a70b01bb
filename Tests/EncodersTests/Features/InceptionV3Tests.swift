import Diagnostics
import Foundation
import Nets
import Pictures
import Tensors
import TestSupport
import Testing

@testable import Encoders

/// Against pytorch-fid and torch-fidelity with weights from a formula.
@Suite struct InceptionV3Tests {
  private static func pictures() -> [Picture] {
    let bytes = Formula.bytes("pictures", 2 * 40 * 48 * 3)
    return [0, 1].map { index in
      Picture(width: 48, height: 40, pixels: Array(bytes[index * 5760..<(index + 1) * 5760]))
    }
  }

  @Test func everythingMatchesTheReferences() throws {
    let fixture = try FeatureFixture()
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("inception.safetensors")
    try Formula.write(fixture.inceptionShapes(), to: file)

    let fid = try #require(
      try FeatureNetworks.load("inception", weights: file) as? InceptionV3)
    let batch = try fid.input(Self.pictures())
    try withoutGradients {
      try fid.run(batch, until: "Mixed_7c") { name, map in
        guard !name.hasPrefix("pool") else { return }
        let golden = try fixture.golden.tensor("inception.stage.\(name)")
        let found = try FeatureFixture.excerpt(map).to(.float32)
        #expect(try deviation("inception \(name)", found, golden) < 2e-5)
      }
    }
    let found = try fid(batch, [.pooled, .logits])
    for output in [FeatureOutput.pooled, .logits] {
      let golden = try fixture.golden.tensor("inception.\(output.rawValue)")
      #expect(try deviation("inception \(output)", found[output], golden) < 2e-5)
    }

    let adm = try FeatureNetworks.load("inception-adm", weights: file)
    let all = try adm(adm.input(Self.pictures()), [.pooled, .logits, .spatial])
    for output in [FeatureOutput.pooled, .logits, .spatial] {
      let golden = try fixture.golden.tensor("inception-adm.\(output.rawValue)")
      #expect(try deviation("inception-adm \(output)", all[output], golden) < 2e-5)
      #expect(golden.shape[1] == adm.outputs[output])
    }
    let early = try adm(adm.input(Self.pictures()), [.spatial])
    #expect(try early[.spatial]?.bytes() == all[.spatial]?.bytes())
    #expect(early.count == 1)
  }

  @Test func incompleteBatchNormalisationsAreNamed() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("damaged.safetensors")
    try Formula.write(["Conv2d_1a_3x3.bn.running_var": [32]], to: file)
    let error = #expect(throws: PeregrineError.self) {
      try FeatureNetworks.load("inception", weights: file)
    }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("`Conv2d_1a_3x3.bn.running_mean`") == true)
  }

  /// PyTorch's own files go through the archive reader.
  @Test func pyTorchFilesAreReadToo() throws {
    let file = SharedFolder.packageRoot.appendingPathComponent("Fixtures/torch_archive/bare.pth")
    let error = #expect(throws: PeregrineError.self) {
      try FeatureNetworks.load("inception-adm", weights: file)
    }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("another model") == true)
  }
}
