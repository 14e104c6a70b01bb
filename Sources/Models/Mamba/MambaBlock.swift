import Diagnostics
import Nets
import Tensors

/// A Mamba block: a selective scan of the tokens with a norm, modulated and gated by the condition.
///
/// A scan reads the tokens in order. On a route the kept tokens are scanned as if they were adjacent,
/// forwards and backwards, and the short convolution treats them as neighbours.
/// - Source: Mamba, arXiv 2312.00752, with DiT's adaLN-zero, arXiv 2212.09748.
final class MambaBlock: TrunkBlock {
  private let mixer: SelectiveScanMixer
  private let modulation: Linear
  private let sizes: SelectiveScanSizes

  init(_ sizes: SelectiveScanSizes) throws {
    self.sizes = sizes
    mixer = try SelectiveScanMixer(sizes)
    modulation = try Linear(sizes.width, 3 * sizes.width, weight: .zeros)
  }

  var members: [Member] { [.module("mixer", mixer), .module("adaLN_modulation.1", modulation)] }

  /// - Throws: ``PeregrineError`` `.usage` if the tokens are not in the order of the sequence.
  func callAsFunction(
    _ x: Tensor, _ companions: TokenCompanions, index: Int, _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?) {
    try requireOrder(of: companions.positions, block: index)
    // Shift, scale and gate, each [batch, 1, width].
    let parts = try modulation(companions.condition).unsqueezed(1).chunks(3, dim: -1)
    let input = try x.modulatedNorm(.layer, shift: parts[0], scale: parts[1], epsilon: 1e-6)
    let mixed = try context.output(
      at: .attention(index), flops: cost(tokens: x.shape[1]).mixing, input: input
    ) { rows in
      try mixer(rows.of(input))
    }
    return (try x.adding(mixed, gatedBy: parts[2]), nil)
  }

  func modulatedInput(_ x: Tensor, _ companions: TokenCompanions) throws -> Tensor {
    let parts = try modulation(companions.condition).unsqueezed(1).chunks(3, dim: -1)
    return try x.modulatedNorm(.layer, shift: parts[0], scale: parts[1], epsilon: 1e-6)
  }

  func cost(tokens: Int) -> BlockCost {
    BlockCost(
      mixing: 2 * Double(tokens * sizes.multiplyAddsPerToken),
      modulation: 2 * Double(3 * sizes.width * sizes.width))
  }

  private func requireOrder(of positions: Tensor?, block index: Int) throws {
    guard let positions, let count = positions.shape.last, count > 1 else { return }
    let steps = try positions.sliced(1, 1..<count) - positions.sliced(1, 0..<count - 1)
    guard try steps.min().item() > 0 else {
      throw PeregrineError(
        .usage, doing: "scanning the kept tokens in block \(index)",
        found: "positions that do not ascend", expected: "kept tokens in the order of the sequence",
        advice: "Let the route sort the positions it keeps; another order is another model.")
    }
  }
}
