import Diagnostics
import Foundation
import Nets
import Runs
import Tensors
import TestSupport
import Testing

/// Starting from files that training scripts saved; `Fixtures/starting_weights` has their numbers.
@Suite struct StartingWeightsTests {
  /// The seven tensors of the fixture.
  private final class Tiny: Module {
    static let shapes: [(String, [Int])] = [
      ("mask_token", [1, 1, 4]), ("pos_embed", [1, 5, 4]),
      ("x_embedder.proj.weight", [4, 2, 1, 1]),
      ("blocks.0.attn.qkv.weight", [12, 4]), ("blocks.0.attn.qkv.bias", [12]),
      ("blocks.1.attn.v1_lambda", []), ("feat_rope.freqs_cos", [4, 2]),
    ]
    let members: [Member]

    init(leavingOut name: String = "") throws {
      members = try Self.shapes.filter { $0.0 != name }.map {
        .parameter($0.0, try Parameter(shape: $0.1, .zeros))
      }
    }

    /// The worst distance from the fixture's formula.
    func worst(sign: Double) throws -> Double {
      var worst = 0.0
      for (k, entry) in state.enumerated() {
        for (i, value) in try entry.tensor.scalars(Double.self).enumerated() {
          worst = max(worst, abs(value - sign * (Double(k) + Double(i) / 8)))
        }
      }
      return worst
    }
  }

  private static let folder = SharedFolder.packageRoot
    .appendingPathComponent("Fixtures/starting_weights")

  @Test(arguments: [
    ("reference.pt", StartingWeights.Part.average, 1.0), ("trained.pt", .trained, -1),
    ("bare.pt", .whole, 1),
  ])
  func takesTheAverageBeforeTheRest(name: String, part: StartingWeights.Part, sign: Double) throws {
    let model = try Tiny()
    #expect(
      try StartingWeights.load(Self.folder.appendingPathComponent(name), into: model) == part)
    #expect(try model.worst(sign: sign) == 0)
  }

  @Test func readsSafetensors() throws {
    let (source, model) = (try Tiny(), try Tiny())
    try StartingWeights.load(Self.folder.appendingPathComponent("bare.pt"), into: source)
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("model.safetensors")
    try SafetensorsFile.write(source.state, to: file)
    #expect(try StartingWeights.load(file, into: model) == .whole)
    #expect(try model.worst(sign: 1) == 0)
  }

  @Test(arguments: [
    ("module.", StartingWeights.Part.whole), ("_orig_mod.module.", .whole),
    ("state_dict.", .whole), ("ema.module.", .average), ("model._orig_mod.", .trained),
    ("state_dict.ema.module.", .average), ("module.model.state_dict.", .trained),
  ])
  func wrappersAreTakenOff(prefix: String, part: StartingWeights.Part) throws {
    let (source, model) = (try Tiny(), try Tiny())
    try StartingWeights.load(Self.folder.appendingPathComponent("bare.pt"), into: source)
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("wrapped.safetensors")
    try SafetensorsFile.write(source.state.map { (prefix + $0.name, $0.tensor) }, to: file)
    #expect(try StartingWeights.load(file, into: model) == part)
    #expect(try model.worst(sign: 1) == 0)
  }

  @Test func truncatedAndDamagedFilesAreRefused() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: Self.folder.appendingPathComponent("reference.pt"))
    for count in [0, 1, 100, whole.count / 2, whole.count - 10] {
      let file = folder.url.appendingPathComponent("cut-\(count).pt")
      try whole.prefix(count).write(to: file)
      let model = try Tiny()
      let error = #expect(throws: PeregrineError.self) {
        try StartingWeights.load(file, into: model)
      }
      #expect(error?.code == .badData && error?.description.contains(file.path) == true)
      #expect(
        try model.state.allSatisfy { try $0.tensor.scalars(Float.self).allSatisfy { $0 == 0 } })
    }
    let missing = folder.url.appendingPathComponent("missing.pt")
    let error = #expect(throws: PeregrineError.self) {
      try StartingWeights.load(missing, into: Tiny())
    }
    #expect(error?.code == .missingInput)
  }

  @Test func anotherModelsWeightsAreNamed() throws {
    let file = Self.folder.appendingPathComponent("reference.pt")
    let error = #expect(throws: PeregrineError.self) {
      try StartingWeights.load(file, into: Tiny(leavingOut: "mask_token"))
    }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("unknown `mask_token`") == true)
    #expect(error?.description.contains("reference.pt, ema") == true)
  }

  @Test func weightsThatAreNotFiniteAreRefused() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("nan.safetensors")
    let broken = try Tiny()
    try broken.state[1].tensor.copy(
      from: Tensor([Float](repeating: .nan, count: 20), shape: [1, 5, 4]))
    try SafetensorsFile.write(broken.state, to: file)
    let error = #expect(throws: PeregrineError.self) {
      try StartingWeights.load(file, into: Tiny())
    }
    #expect(error?.code == .badData && error?.description.contains("pos_embed") == true)
  }
}
