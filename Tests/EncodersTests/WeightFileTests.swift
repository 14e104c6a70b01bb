import Diagnostics
import Encoders
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct WeightFileTests {
  private let folder: TemporaryFolder
  private var url: URL { folder.url.appendingPathComponent("weights") }

  init() throws { folder = try TemporaryFolder() }

  private func names(_ names: [String]) throws -> [String] {
    try SafetensorsFile.write(names.map { ($0, try Tensor.zeros([1])) }, to: url)
    return try WeightFile(url).tensors.keys.sorted()
  }

  @Test(arguments: [
    "module.", "_orig_mod.", "state_dict.", "module._orig_mod.", "state_dict.module.",
    "state_dict._orig_mod.module.", "module.module.",
  ])
  func wrappersAreTakenOff(prefix: String) throws {
    #expect(try names([prefix + "a.weight", prefix + "b"]) == ["a.weight", "b"])
  }

  @Test func insertedPartsAndNeighboursOfTheModelAreTakenOff() throws {
    #expect(
      try names(["blocks.0._orig_mod.fc.bias", "blocks.1._checkpoint_wrapped_module.fc.bias"])
        == ["blocks.0.fc.bias", "blocks.1.fc.bias"])
    #expect(try names(["n_averaged", "module.a"]) == ["a"])
    #expect(try names(["optimizer.state", "state_dict.a", "state_dict.module.b"]) == ["b"])
    // A module inside of a model may have any name.
    #expect(try names(["encoder.module.a", "modules.b"]) == ["encoder.module.a", "modules.b"])
  }

  @Test func namesThatBecomeTheSameAreRefused() throws {
    let error = #expect(throws: PeregrineError.self) { try names(["a._orig_mod.b", "a.b"]) }
    #expect(error?.code == .badData && error?.found.contains("`a.b`") == true)
  }

  @Test(arguments: [
    ("<!doctype html><html></html>", "an HTML page", "login"),
    ("version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
    ("{\"error\": 404}", "a JSON text", "Check"), ("", "an empty file", "fetch"),
  ])
  func otherFilesAreNamed(content: String, kind: String, advice: String) throws {
    try Data(content.utf8).write(to: url)
    let error = #expect(throws: PeregrineError.self) { try WeightFile(url) }
    #expect(error?.code == .badData && error?.description.contains(url.path) == true)
    #expect(error?.found.contains(kind) == true)
    #expect(error?.advice.contains(advice) == true)
  }

  /// The autoencoder needs a tensor that the file has as complex numbers only.
  @Test func aMissingTensorThatCannotBeReadIsNamed() throws {
    let header = #"{"encoder.0.weight":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    bytes += Data(header.utf8) + Data(count: 8)
    try bytes.write(to: url)
    let error = #expect(throws: PeregrineError.self) { try TAEF2(weights: url) }
    #expect(error?.code == .badData)
    #expect(error?.advice.contains("`encoder.0.weight` of type C64") == true)
  }
}
