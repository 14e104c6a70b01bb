import Models
import Nets
import Tensors
import TestSupport
import Testing

/// Whole models by the fused engine in bfloat16 beside libtorch in float32.
@Suite(.enabled(if: Runtime.hasFusedEngine, "needs AVX-512 with bfloat16"))
struct FusedEngineTests {
  private static let size = TransformerSize(depth: 5, width: 64, heads: 2)
  private static let shape = BackboneShape(patch: 2, channels: 8, side: 8, classCount: 3)

  static let configurations: [any BackboneConfiguration] = {
    var gated = SiTConfiguration(size: size, shape: shape)
    gated.options.feedForward = .swiglu
    gated.options.norm = .rms
    return [
      SiTConfiguration(size: size, shape: shape), gated,
      SiTConfiguration(size: size, shape: shape).speedrun(teacherWidth: 32, projectorWidth: 64),
      JLTConfiguration(size: size, shape: shape),
    ]
  }()

  @Test(arguments: configurations.indices) func predictionAndGradients(index: Int) throws {
    let model = try Self.configurations[index].makeBackbone()
    try model.randomize(seed: 3, gain: 0.5)
    let state = DiffusionState(
      try randomNarrow([4] + model.itemShape.dimensions, "item"),
      classToken: try model.classTokenWidth.map { try randomNarrow([4, $0], "class token") })
    let time = try Tensor([0.1, 0.4, 0.7, 0.9] as [Float], shape: [4])
    let labels = try Tensor([0, 1, 2, 3] as [Int64], shape: [4])
    let parameters = model.namedParameters.filter(\.parameter.isTrainable)
    let distances = try distancesFromFloat32(of: parameters.map(\.parameter.value)) {
      try model(state, time: time, conditions: Conditions(labels: labels), context: .plain)
        .prediction.item
    }
    #expect(distances[0] < 0.04, "prediction")
    // Five blocks of bfloat16 lie above a gradient. A single number's is a sum over all tokens of what nearly
    // cancels; the tests of the layers look at those.
    for (entry, distance) in zip(parameters, distances.dropFirst())
    where entry.parameter.value.count > 1 {
      #expect(distance < 0.15, "\(entry.name)")
    }
  }
}
