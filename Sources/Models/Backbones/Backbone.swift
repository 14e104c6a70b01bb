import Nets
import Samples
import Tensors

/// A network that reads a noisy state, a time and conditions, and predicts what its training asked for.
///
/// - Time: `t = 0` is data, `t = 1` is noise.
public protocol Backbone: Module {
  /// The shape of one item.
  var itemShape: ItemShape { get }
  /// The number of tokens of one item's whole sequence, a class token included.
  var tokenCount: Int { get }
  /// The conditions that the network takes.
  var conditions: ConditionShape { get }
  /// The width of the class token that is denoised beside the item; `nil` without REG.
  var classTokenWidth: Int? { get }
  /// The number of blocks that a routing is asked about.
  var depth: Int { get }
  /// Floating-point operations of one item's forward pass with every token, without projections (one
  /// multiply-add counts as two).
  var forwardFLOPs: Double { get }
  /// The part of ``forwardFLOPs`` that block `index` takes, for `tokens` of the item's tokens.
  func blockFLOPs(_ index: Int, tokens: Int) -> Double
  /// Floating-point operations of projecting one item's tokens into a teacher's space; 0 without.
  func projectionFLOPs(routing: (any TokenRouting)?) throws -> Double

  /// Predicts.
  ///
  /// - Shapes: `x` and the prediction `[batch] + itemShape`, with class tokens `[batch, width]` where
  ///   the backbone has one; `time` `[batch]`.
  /// - Throws: ``PeregrineError`` `.shapeMismatch` when the state does not fit the backbone.
  func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput
}

/// What a backbone predicts.
public struct BackboneOutput {
  /// Velocity, noise or clean data, of every part of the state.
  public var prediction: DiffusionState
  /// Tokens on their way, in a teacher's space, when the context asks for them.
  public var projections: [ProjectedTokens]

  /// An output; without projections unless some are given.
  public init(_ prediction: DiffusionState, projections: [ProjectedTokens] = []) {
    self.prediction = prediction
    self.projections = projections
  }
}

/// The tokens after some block, in a teacher's space.
public struct ProjectedTokens {
  /// The number of blocks that the tokens went through.
  public var depth: Int
  /// `[batch, tokens, teacher width]`.
  public var tokens: Tensor
  /// `[batch, tokens]` int64 positions in the whole sequence; `nil` for all of it in order.
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

  /// Predicts for items alone.
  ///
  /// - Shapes: `x` and the result `[batch] + itemShape`; `time` `[batch]`.
  public func callAsFunction(
    _ x: Tensor, time: Tensor, conditions: Conditions, context: ForwardContext = .plain
  ) throws -> Tensor {
    try self(DiffusionState(x), time: time, conditions: conditions, context: context)
      .prediction.item
  }

  /// Floating-point operations of one item's forward pass on the routes of `routing`, the mean over
  /// passes.
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
