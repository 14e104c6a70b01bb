import Nets
import Tensors

/// A network that reads a noisy state, a time and a label, and predicts what its training asked for.
///
/// - Time: `t = 0` is data, `t = 1` is noise.
public protocol Backbone: Module {
  /// The state's shape without the batch: `[channels, height, width]`.
  var itemShape: [Int] { get }
  /// The number of tokens of one item's whole sequence.
  var tokenCount: Int { get }
  /// The number of classes; this number itself is the label that means "no class".
  var classCount: Int { get }
  /// The number of blocks that a routing is asked about.
  var depth: Int { get }
  /// Multiply-adds counted twice, for one item's forward pass with every token.
  var forwardFLOPs: Double { get }
  /// The part of ``forwardFLOPs`` that one block takes, for `tokens` of the item's tokens.
  func blockFLOPs(tokens: Int) -> Double

  /// Predicts.
  ///
  /// - Shapes: `x` and the result `[batch] + itemShape`; `time` `[batch]`; `labels` `[batch]` int64.
  func callAsFunction(
    _ x: Tensor, time: Tensor, labels: Tensor, context: ForwardContext
  ) throws -> Tensor
}

extension Backbone {
  /// Multiply-adds counted twice, for one item's forward pass on the routes of `routing`.
  public func forwardFLOPs(routing: (any TokenRouting)?) throws -> Double {
    guard let routing else { return forwardFLOPs }
    let saved = try (0..<depth).map { block in
      let kept = try routing.tokenCount(inBlock: block, of: tokenCount)
      return blockFLOPs(tokens: tokenCount) - blockFLOPs(tokens: kept)
    }
    return saved.reduce(forwardFLOPs, -)
  }
}

/// What may change a forward pass: a training route, or a sampling policy. Neither by default.
public struct ForwardContext {
  /// The route of this pass, while training.
  public var route: (any TokenRoute)?
  /// The policy of this trajectory, while sampling.
  public var policy: (any StepPolicy)?

  /// The plain model.
  public static var plain: ForwardContext { ForwardContext() }

  /// A context; everything left out is off.
  public init(route: (any TokenRoute)? = nil, policy: (any StepPolicy)? = nil) {
    self.route = route
    self.policy = policy
  }

  /// Offers a piece of work to the policy, or just does it.
  func output(
    at site: ComputationSite, input: Tensor, compute: (BatchRows) throws -> Tensor
  ) throws -> Tensor {
    try policy?.output(at: site, input: input, compute: compute) ?? compute(.all)
  }
}
