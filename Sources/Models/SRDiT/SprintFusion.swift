import Nets
import Tensors

/// Runs the middle of a backbone on the tokens of a route and joins its result with the encoder's.
///
/// Tokens that the middle did not see are replaced by one learned mask token; each token's encoder and
/// middle features are then fused by a linear layer that reads them in this order.
/// - Shapes: input and result `[batch, tokens, width]`.
/// - Source: SPRINT, arXiv 2510.21986, with SR-DiT's learned mask token and order.
final class SprintFusion {
  /// `[1, 1, width]`; checkpoints keep it apart from the fusion.
  let maskToken: Parameter
  /// From the joined features to the width.
  let projection: Linear

  init(width: Int) throws {
    maskToken = try Parameter(shape: [1, 1, width], .zeros)
    projection = try Linear(2 * width, width)
  }

  func callAsFunction(
    _ encoded: Tensor, route: SprintRoute, middle: (TokenSequence) throws -> Tensor
  ) throws -> Tensor {
    let masked = try maskToken.value.expanded(encoded.shape)
    let seen: Tensor
    switch route {
    case .dense:
      seen = try middle(TokenSequence(encoded))
    case .kept(let positions):
      let places = try positions.unsqueezed(-1).expanded(positions.shape + [encoded.shape[2]])
      let kept = try middle(TokenSequence(encoded.gathered(1, places), positions: positions))
      seen = try masked.scattering(kept, 1, places)
    case .dropped:
      seen = masked
    }
    return try projection(Tensor.concatenated([encoded, seen], dim: -1))
  }
}
