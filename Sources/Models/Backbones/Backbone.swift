import Nets
import Samples
import Tensors

/// A network that reads a noisy state, a time and conditions, and predicts its training target.
///
/// - Time: `t = 0` is data, `t = 1` is noise.
public protocol Backbone: Module {
  /// The shape of one item.
  var itemShape: ItemShape { get }
  /// The number of tokens in one item's full sequence, including the class token.
  var tokenCount: Int { get }
  /// The kinds of condition that the network takes.
  var conditions: ConditionShape { get }
  /// The width of the class token that is denoised together with the item; `nil` without REG.
  var classTokenWidth: Int? { get }
  /// The number of blocks, as routing counts them.
  var depth: Int { get }
  /// Floating-point operations of one item's forward pass over all tokens, without projections (one
  /// multiply-add counts as two).
  var forwardFLOPs: Double { get }
  /// The part of ``forwardFLOPs`` spent in block `index` when it gets `tokens` tokens of the item.
  func blockFLOPs(_ index: Int, tokens: Int) -> Double
  /// Floating-point operations of projecting one item's tokens to a teacher's token space; 0 without
  /// alignment.
  func projectionFLOPs(routing: (any TokenRouting)?) throws -> Double

  /// Runs the network.
  ///
  /// - Shapes: `x` and the prediction `[batch] + itemShape`, plus class tokens `[batch, width]` if the
  ///   backbone has them; `time` `[batch]`.
  /// - Throws: ``PeregrineError`` `.shapeMismatch` if the state does not fit the backbone.
  func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput
}

/// The output of a backbone.
public struct BackboneOutput {
  /// Velocity, noise or clean data, for each part of the state.
  public var prediction: DiffusionState
  /// Intermediate tokens, projected to a teacher's token space, if the context asks for them.
  public var projections: [ProjectedTokens]

  /// Creates an output, by default without projections.
  public init(_ prediction: DiffusionState, projections: [ProjectedTokens] = []) {
    self.prediction = prediction
    self.projections = projections
  }
}

/// The tokens after one of the blocks, projected to a teacher's token space.
public struct ProjectedTokens {
  /// The number of blocks that the tokens went through.
  public var depth: Int
  /// `[batch, tokens, teacher width]`.
  public var tokens: Tensor
  /// `[batch, tokens]` int64 positions in the full sequence; `nil` if all tokens are there in order.
  public var positions: Tensor?

  /// Describes projected tokens.
  public init(depth: Int, tokens: Tensor, positions: Tensor? = nil) {
    self.depth = depth
    self.tokens = tokens
    self.positions = positions
  }
}

extension Backbone {
  /// No class token.
  public var classTokenWidth: Int? { nil }

  /// Predicts for items without class tokens.
  ///
  /// - Shapes: `x` and the result `[batch] + itemShape`; `time` `[batch]`.
  public func callAsFunction(
    _ x: Tensor, time: Tensor, conditions: Conditions, context: ForwardContext = .plain
  ) throws -> Tensor {
    try self(DiffusionState(x), time: time, conditions: conditions, context: context)
      .prediction.item
  }

  /// Floating-point operations of one item's forward pass with `routing`, averaged over passes.
  public func forwardFLOPs(routing: (any TokenRouting)?) throws -> Double {
    guard let routing else { return forwardFLOPs }
    let saved = try (0..<depth).map { block in
      let kept = try routing.tokenCount(inBlock: block, of: tokenCount)
      return blockFLOPs(block, tokens: tokenCount)
        - routing.runningShare(ofBlock: block) * blockFLOPs(block, tokens: kept)
    }
    return saved.reduce(forwardFLOPs, -)
  }
}
