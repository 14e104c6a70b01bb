import Models
import Nets
import Tensors
import TestSupport
import Testing

/// A SiT that reveals the output of its norms for a given row. All weights are zero, except for
/// those that pass the row through.
///
/// Every patch is embedded as the row, no block changes it, there is no modulation, and the last layer
/// outputs as many values of the row at a time as a patch has.
struct SiTNormProbe {
  private let model: SiT
  private let width: Int

  init(_ configuration: SiTConfiguration) throws {
    model = try SiT(configuration)
    width = configuration.size.width
  }

  /// Our outputs for the roles of a case's norms without parameters.
  func norms(_ golden: GoldenFixture.Case, _ fixture: GoldenFixture) throws -> [String: Tensor] {
    let rows = try fixture.input("width", of: golden)
    return [
      "block_norm": try each(of: rows, blockNorm), "final_norm": try each(of: rows, finalNorm),
    ]
  }

  private func each(of rows: Tensor, _ norm: (Tensor) throws -> Tensor) throws -> Tensor {
    try Tensor.concatenated(
      (0..<rows.shape[0]).map { try norm(rows.sliced(0, $0..<$0 + 1)) }, dim: 0)
  }

  /// All blocks have the same kind of norm. The second block is used, because with value residual the
  /// first block's attention is not offered to the policy.
  private func blockNorm(_ row: Tensor) throws -> Tensor {
    let tokens = try #require(run(row).attentionInput(ofBlock: 1))
    return try tokens.sliced(1, tokens.shape[1] - 1..<tokens.shape[1]).squeezed(1)
  }

  private func finalNorm(_ row: Tensor) throws -> Tensor {
    let shape = model.configuration.shape
    let parts = try stride(from: 0, to: width, by: shape.patchValues).map { start in
      // The top left patch with channels last, the layout of an output token.
      let patch = try run(row, showing: start).item.sliced(2, 0..<shape.patch)
        .sliced(3, 0..<shape.patch).permuted([0, 2, 3, 1])
      return try patch.reshaped([1, shape.patchValues])
    }
    return try Tensor.concatenated(parts, dim: 1).sliced(1, 0..<width)
  }

  /// One forward pass for a row `[1, width]`; the last layer outputs its values from `start` on.
  private func run(_ row: Tensor, showing start: Int = 0) throws -> ForwardRun {
    let shape = model.configuration.shape
    var weights = try Dictionary(
      uniqueKeysWithValues: model.state.map {
        ($0.name, try Tensor.zeros($0.tensor.shape))
      })
    weights["x_embedder.proj.bias"] = try row.squeezed(0)
    weights["final_layer.linear.weight"] = try identity(shape.patchValues, width, start)
    if weights["fusion_proj.weight"] != nil {
      weights["fusion_proj.weight"] = try identity(width, 2 * width, 0)
    }
    try model.load(weights, from: "a probe")
    return try ForwardRun(
      model,
      DiffusionState(
        Tensor.zeros([1] + shape.item.dimensions),
        classToken: model.classTokenWidth.map { try Tensor.zeros([1, $0]) }),
      time: Tensor.zeros([1]), labels: [0])
  }

  /// A matrix with ones where the column is the row plus `start`, and zeros elsewhere.
  private func identity(_ rows: Int, _ columns: Int, _ start: Int) throws -> Tensor {
    try PlainArray([rows, columns]) { $0[1] == $0[0] + start ? 1 : 0 }.tensor(.float32)
  }
}
