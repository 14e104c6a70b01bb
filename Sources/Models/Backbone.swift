import Nets
import Tensors

/// A network that reads a noisy state, a time and a label, and predicts what its training asked for.
///
/// - Time: `t = 0` is data, `t = 1` is noise.
public protocol Backbone: Module {
  /// An item's shape without the batch: `[channels, height, width]`.
  var itemShape: [Int] { get }
  /// The number of tokens of one item's whole sequence, a class token included.
  var tokenCount: Int { get }
  /// The number of classes; this number itself is the label that means "no class".
  var classCount: Int { get }
  /// The width of the class token that is denoised beside the item; `nil` without REG.
  var classTokenWidth: Int? { get }
  /// The number of blocks that a routing is asked about.
  var depth: Int { get }
  /// Multiply-adds counted twice, for one item's forward pass with every token, without projections.
  var forwardFLOPs: Double { get }
  /// The part of ``forwardFLOPs`` that block `index` takes, for `tokens` of the item's tokens.
  func blockFLOPs(_ index: Int, tokens: Int) -> Double
  /// Multiply-adds counted twice, for projecting one item's tokens into a teacher's space; 0 without.
  func projectionFLOPs(routing: (any TokenRouting)?) throws -> Double

  /// Predicts.
  ///
  /// - Shapes: `x` and the prediction `[batch] + itemShape`, with class tokens `[batch, width]` where
  ///   the backbone has one; `time` `[batch]`; `labels` `[batch]` int64.
  /// - Throws: ``PeregrineError`` `.shapeMismatch` when the state does not fit the backbone.
  func callAsFunction(
    _ x: DiffusionState, time: Tensor, labels: Tensor, context: ForwardContext
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
  /// - Shapes: `x` and the result `[batch] + itemShape`; `time` `[batch]`; `labels` `[batch]` int64.
  public func callAsFunction(
    _ x: Tensor, time: Tensor, labels: Tensor, context: ForwardContext = .plain
  ) throws -> Tensor {
    try self(DiffusionState(x), time: time, labels: labels, context: context).prediction.item
  }

  /// Multiply-adds counted twice, for one item's forward pass on the routes of `routing`, the mean over
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

/// What may change a forward pass: a training route, a wish for projections, or a sampling policy.
/// Nothing by default.
public struct ForwardContext {
  /// The route of this pass.
  public var route: (any TokenRoute)?
  /// Whether tokens are projected into the teacher's space too.
  public var isProjecting: Bool
  /// The policy of this trajectory, while sampling.
  public var policy: (any StepPolicy)?

  /// The plain model.
  public static var plain: ForwardContext { ForwardContext() }

  /// A context; everything left out is off.
  public init(
    route: (any TokenRoute)? = nil, isProjecting: Bool = false,
    policy: (any StepPolicy)? = nil
  ) {
    self.route = route
    self.isProjecting = isProjecting
    self.policy = policy
  }

  /// Offers a piece of work to the policy, or just does it.
  func output(
    at site: ComputationSite, input: Tensor, compute: (BatchRows) throws -> Tensor
  ) throws -> Tensor {
    try policy?.output(at: site, input: input, compute: compute) ?? compute(.all)
  }
}
