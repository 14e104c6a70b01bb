import Nets
import Tensors

/// Joins what the middle of a backbone made of a few tokens with what the encoder made of all.
///
/// Tokens that the middle did not see are replaced by one learned mask token; each token's encoder and
/// middle features are then fused by a linear layer that reads them in this order.
/// - Shapes: input and result `[batch, tokens, width]`.
/// - Source: SPRINT, arXiv 2510.21986, with SR-DiT's learned mask token and order.
final class SprintFusion {
  /// The blocks between encoder and decoder.
  let middle: Range<Int>
  /// `[1, 1, width]`; checkpoints keep it apart from the fusion.
  let maskToken: Parameter
  /// From the joined features to the width.
  let projection: Linear

  init(width: Int, middle: Range<Int>) throws {
    self.middle = middle
    maskToken = try Parameter(shape: [1, 1, width], .zeros)
    projection = try Linear(2 * width, width)
  }

  /// - Parameter seen: the tokens that the middle saw, with their positions.
  func callAsFunction(_ encoded: Tensor, _ seen: TokenSequence) throws -> Tensor {
    var whole = seen.tokens
    if let positions = seen.positions {
      let masked = try maskToken.value.expanded(encoded.shape)
      let places = try positions.unsqueezed(-1).expanded(positions.shape + [encoded.shape[2]])
      whole = seen.tokens.count == 0 ? masked : try masked.scattering(seen.tokens, 1, places)
    }
    return try projection(Tensor.concatenated([encoded, whole], dim: -1))
  }
}
