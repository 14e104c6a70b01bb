import Nets
import Tensors

/// One block of a backbone: tokens in, tokens out.
protocol TrunkBlock: Module {
  /// Runs the block.
  ///
  /// - Returns: the tokens, and the attention's own values where a later block may mix them in and no
  ///   policy answered in the attention's place.
  func callAsFunction(
    _ x: Tensor, _ companions: TokenCompanions, index: Int, _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?)

  /// What the block's first layer reads: the tokens, normalised and modulated by the condition.
  func modulatedInput(_ x: Tensor, _ companions: TokenCompanions) throws -> Tensor

  /// The block's work for `tokens` tokens of one item.
  func cost(tokens: Int) -> BlockCost
}

/// The floating-point operations of a block for one item (one multiply-add counts as two).
///
/// Linear layers, scans and attention are counted; norms and activations are small beside them.
struct BlockCost {
  /// Attention with its projections, or what stands in its place.
  var mixing: Double
  /// The layers for each token by itself.
  var feedForward: Double
  /// The layers that read the condition alone.
  var modulation: Double

  var total: Double { mixing + feedForward + modulation }

  /// A transformer's block: `matrices` of `width · hidden` for each token, and `modulated` rows of
  /// `width` that the condition is mapped to.
  init(tokens: Int, width: Int, hidden: Int, matrices: Int, modulated: Int) {
    let (tokens, width) = (Double(tokens), Double(width))
    mixing = 2 * (tokens * 4 * width * width + 2 * tokens * tokens * width)
    feedForward = 2 * tokens * Double(matrices) * width * Double(hidden)
    modulation = 2 * Double(modulated) * width
  }

  /// A block without feed-forward layers.
  init(mixing: Double, modulation: Double) {
    self.mixing = mixing
    self.modulation = modulation
    feedForward = 0
  }
}
