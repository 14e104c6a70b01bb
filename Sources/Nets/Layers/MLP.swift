import Tensors

/// Layers applied to every token separately.
public protocol FeedForwardLayer: Module {
  /// Applies the layers; input and result have the same width.
  func callAsFunction(_ x: Tensor) throws -> Tensor
}

/// Two linear layers with a GELU between them, applied to every token.
public final class MLP: FeedForwardLayer {
  private let expand: Linear
  private let contract: Linear
  private let isExact: Bool

  /// Creates a layer that widens to `hidden` and back.
  ///
  /// - Parameter isExact: whether GELU uses erf instead of its tanh approximation.
  public init(width: Int, hidden: Int, isExact: Bool = false) throws {
    expand = try Linear(width, hidden)
    contract = try Linear(hidden, width)
    self.isExact = isExact
  }

  /// `fc1`, `fc2`.
  public var members: [Member] { [.module("fc1", expand), .module("fc2", contract)] }

  /// Applies the layers.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try contract(isExact ? expand(x).gelu(approximate: false) : expand.gelu(x))
  }
}
