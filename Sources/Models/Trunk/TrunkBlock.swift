import Nets
import Tensors

/// A block of a backbone: tokens in, tokens out.
protocol TrunkBlock: Module {
  /// Runs the block.
  ///
  /// - Returns: the tokens, and the attention's values if a later block may mix them in and the
  ///   attention was computed, not answered by a policy.
  func callAsFunction(
    _ x: Tensor, _ companions: TokenCompanions, index: Int, _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?)

  /// The input of the block's first layer: the tokens, normalised and modulated by the condition.
  func modulatedInput(_ x: Tensor, _ companions: TokenCompanions) throws -> Tensor

  /// The block's cost for `tokens` tokens of one item.
  func cost(tokens: Int) -> BlockCost
}

/// The floating-point operations of a block for one item (one multiply-add counts as two).
///
/// Linear layers, scans and attention are counted; norms and activations cost little in comparison.
struct BlockCost {
  /// Attention with its projections, or the layer in its place.
  var mixing: Double
  /// The feed-forward layers.
  var feedForward: Double
  /// The layers that only read the condition.
  var modulation: Double

  var total: Double { mixing + feedForward + modulation }

  /// The cost of a transformer block with `matrices` feed-forward matrices of size `width · hidden`
  /// and a modulation that maps the condition to `modulated` values.
  init(tokens: Int, width: Int, hidden: Int, matrices: Int, modulated: Int) {
    let (tokens, width) = (Double(tokens), Double(width))
    mixing = 2 * (tokens * 4 * width * width + 2 * tokens * tokens * width)
    feedForward = 2 * tokens * Double(matrices) * width * Double(hidden)
    modulation = 2 * Double(modulated) * width
  }

  /// The cost of a block without feed-forward layers.
  init(mixing: Double, modulation: Double) {
    self.mixing = mixing
    self.modulation = modulation
    feedForward = 0
  }
}
