import Diagnostics
import DiffusionMath
import Foundation
import Models
import Nets
import Runs
import Tensors
import TestSupport
import Testing

/// Checkpoints as SiT and REPA publish them, in small.
@Suite struct PublishedWeightsTests {
  private let folder: TemporaryFolder
  private var file: URL { folder.url.appendingPathComponent("published.safetensors") }

  init() throws { folder = try TemporaryFolder() }

  private static func configuration(classes: Int = 5, side: Int = 4) -> SiTConfiguration {
    SiTConfiguration(
      size: TransformerSize(depth: 1, width: 16, heads: 2), patch: 2, channels: 3, side: side,
      classCount: classes)
  }

  private func model(_ configuration: SiTConfiguration = configuration()) throws -> SiT {
    let model = try SiT(configuration)
    try model.initialize(seed: 1)
    try model.randomize(seed: 1)
    return model
  }

  /// Writes a model's weights as SiT does: `learn_sigma` gives each pixel of a patch as many channels
  /// again.
  private func publish(_ model: SiT) throws {
    let state = try model.state.map { name, value -> (name: String, tensor: Tensor) in
      guard name.hasPrefix("final_layer.linear.") else { return (name, value) }
      let rest = Array(value.shape.dropFirst())
      let pixels = try value.reshaped([-1, 3] + rest)
      let doubled = try Tensor.concatenated([pixels, pixels * 7 + 1], dim: 1)
      return (name, try doubled.reshaped([-1] + rest))
    }
    try SafetensorsFile.write(state, to: file)
  }

  private func velocity(_ model: SiT, _ times: [Float]) throws -> [Float] {
    let x = try PlainArray.example([2, 3, 4, 4]).tensor(.float32)
    return try model(
      DiffusionState(x), time: Tensor(times, shape: [2]),
      conditions: Conditions(labels: Tensor([Int64]([0, 5]), shape: [2])), context: ForwardContext()
    ).prediction.item.scalars(Float.self)
  }

  /// `v(x, t)` in our convention is `−v'(x, 1 − t)` in SiT's.
  @Test func theReversedClockIsConverted() throws {
    let (published, started) = (try model(), try SiT(Self.configuration()))
    try publish(published)
    #expect(try StartingWeights.load(file, into: started, clock: .reversed) == .whole)
    let theirs = try velocity(published, [0.8, 0.3])
    let ours = try velocity(started, [1 - 0.8, 1 - 0.3])
    let size = theirs.map(abs).max() ?? 0
    #expect(size > 0.1)
    for (a, b) in zip(ours, theirs) { #expect(abs(a + b) < 2e-5 * size) }
    let other = try velocity(started, [0.8, 0.3])
    #expect(zip(other, theirs).contains { abs($0 + $1) > 1e-2 * size })
  }

  private func refusal(_ model: any Module, _ words: String...) {
    let error = #expect(throws: PeregrineError.self) { try StartingWeights.load(file, into: model) }
    #expect(error?.code == .badData)
    let message = error?.description ?? ""
    for word in words { #expect(message.contains(word), "\(word) in: \(message)") }
  }

  @Test func aDoubledOutputIsExplained() throws {
    try publish(model())
    refusal(try model(), "doubled", "learn_sigma", "start_clock: reversed")
  }

  @Test func otherClassesAndSizesAreExplained() throws {
    try SafetensorsFile.write(model().state, to: file)
    refusal(try model(Self.configuration(classes: 9)), "5 classes", "one of 9")
    refusal(try model(Self.configuration(side: 8)), "positions of 4 tokens", "those of 16")
  }

  @Test func projectorsAreExplained() throws {
    var aligned = Self.configuration()
    aligned.options.alignment = AlignmentShape(depths: [1], teacherWidth: 12, hidden: 20)
    try SafetensorsFile.write(model(aligned).state, to: file)
    refusal(
      try model(), "REPA's projectors", "`projectors.0.0.bias`", "alignment.projector_width: 20",
      "teacher of width 12")
    aligned.options.alignment = AlignmentShape(depths: [1], teacherWidth: 6, hidden: 20)
    refusal(try model(aligned), "projectors of REPA of other sizes", "teacher of width 12")
    try SafetensorsFile.write(model().state, to: file)
    refusal(try model(aligned), "no projectors")
  }

  /// Of another model, the reason is that it is another model.
  @Test func anotherPatchAnotherPrefixAndAnotherModelAreNamed() throws {
    func failure(_ state: [(name: String, tensor: Tensor)]) throws -> PeregrineError? {
      try SafetensorsFile.write(state, to: file)
      return #expect(throws: PeregrineError.self) {
        try StartingWeights.load(file, into: SiT(Self.configuration()))
      }
    }
    var wide = Self.configuration(side: 8)
    wide.shape = BackboneShape(patch: 4, channels: 3, side: 8, classCount: 5)
    let patches = try failure(model(wide).state)
    #expect(patches?.found == "patches of 4x4 (`x_embedder.proj.weight`)")
    #expect(patches?.advice.contains("`/4`") == true)
    let prefixed = try failure(model().state.map { ("net." + $0.name, $0.tensor) })
    #expect(prefixed?.found == "names that begin with `net.`")
    let other = try failure([("layer1.0.conv1.weight", Tensor([1, 2], shape: [2]))])
    #expect(other?.description.contains("classes") == false)
    #expect(other?.description.contains("layer1.0.conv1.weight") == true)
  }
}
