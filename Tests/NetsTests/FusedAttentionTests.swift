import Nets
import Tensors
import TestSupport
import Testing

/// Attention by the fused engine in bfloat16 beside libtorch's in float32, with each of its options.
@Suite(.enabled(if: Runtime.hasFusedEngine, "needs AVX-512 with bfloat16"))
struct FusedAttentionTests {
  /// Rotations of a whole grid, and of tokens that differ from row to row.
  enum Rotations: CaseIterable { case none, grid, gathered }

  @Test(arguments: [false, true], Rotations.allCases)
  func resultAndGradients(normalizes: Bool, rotations: Rotations) throws {
    let (batch, tokens, width) = (2, 9, 64)
    for mixes in [false, true] {
      let layer = try Attention(
        width: width, heads: 2,
        options: AttentionOptions(
          queryKeyNormEpsilon: normalizes ? 1e-6 : nil, mixesFirstValues: mixes))
      try layer.randomize(seed: 4)
      let grid = try RotaryTable(side: 3, headWidth: 32)
      let order = try Tensor((0..<18).map { Int64($0 * 5 % 9) }, shape: [batch, tokens])
      let rotary: RotaryTable? =
        switch rotations {
        case .none: nil
        case .grid: grid
        case .gathered: try grid.gathered(at: order)
        }
      let x = try randomNarrow([batch, tokens, width], "x")
      // The first block's values come as a view of its projection.
      let joint = try randomNarrow([batch, tokens, 2, 32], "values")
      let parameters = layer.namedParameters.map(\.parameter.value)
      let distances = try distancesFromFloat32(of: [x, joint] + parameters) {
        let values = try joint.permuted([0, 2, 1, 3])
        let result = try layer.attend(x, rotary: rotary, firstValues: mixes ? values : nil)
        // Later blocks see the values too.
        return try result.output.to(.float32)
          + result.values.to(.float32).permuted([0, 2, 1, 3]).reshaped([batch, tokens, width])
      }
      let names = ["result", "x", "first values"] + layer.namedParameters.map(\.name)
      for (name, distance) in zip(names, distances) {
        // A value is off by 0.4 %, a sum of values that nearly cancel by more.
        #expect(distance < 0.05, "\(name), \(mixes ? "mixing" : "plain")")
      }
    }
  }
}
