import Nets
import Tensors

/// Fuses the middle blocks' output for a few tokens with the encoder's output for all tokens.
///
/// Tokens that the middle blocks did not get are replaced by a learned mask token. Each token's encoder
/// and middle features are then concatenated in this order and fused by a linear layer.
/// - Shapes: input and result `[batch, tokens, width]`.
/// - Source: SPRINT, arXiv 2510.21986, with SR-DiT's learned mask token and order of features.
final class SprintFusion: TrunkExtension {
  /// The blocks between encoder and decoder.
  let middle: Range<Int>
  private let width: Int
  private let maskToken: Parameter
  private let projection: Linear

  init(width: Int, middle: Range<Int>) throws {
    self.middle = middle
    self.width = width
    maskToken = try Parameter(shape: [1, 1, width], .zeros)
    projection = try Linear(2 * width, width)
  }

  /// `mask_token`, and `fusion_proj` after the positions.
  func members(_ place: MemberPlace) -> [Member] {
    switch place {
    case .first: [.parameter("mask_token", maskToken)]
    case .afterPositions: [.module("fusion_proj", projection)]
    case .afterBlocks: []
    }
  }

  func visit(_ context: ForwardContext) -> (any TrunkVisitor)? { SprintVisitor(self) }

  func flops(tokens: Int, besideBlocks blocks: Range<Int>) -> Double {
    blocks.contains(middle.upperBound - 1)
      ? 4 * Double(tokens) * Double(width) * Double(width) : 0
  }

  /// - Parameter seen: the tokens that the middle blocks got, with their positions.
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

/// Keeps the encoder's tokens until the middle blocks have run.
private final class SprintVisitor: TrunkVisitor {
  private let fusion: SprintFusion
  private var encoded: Tensor?

  init(_ fusion: SprintFusion, encoded: Tensor? = nil) {
    self.fusion = fusion
    self.encoded = encoded
  }

  func enter(block index: Int, _ sequence: TokenSequence) {
    if index == fusion.middle.lowerBound { encoded = sequence.tokens }
  }

  func leave(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence {
    guard index + 1 == fusion.middle.upperBound, let encoded else { return sequence }
    self.encoded = nil
    var fused = sequence
    fused.tokens = try fusion(encoded, sequence)
    fused.positions = nil
    return fused
  }

  func of(_ rows: RowSet) throws -> any TrunkVisitor {
    SprintVisitor(fusion, encoded: try encoded.map(rows.of))
  }
}
