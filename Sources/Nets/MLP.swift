import Tensors

/// Two linear layers with a tanh-GELU between them, applied to every token.
public final class MLP: Module {
  private let expand: Linear
  private let contract: Linear

  /// Makes a layer that widens to `hidden` and back.
  public init(width: Int, hidden: Int) throws {
    expand = try Linear(width, hidden)
    contract = try Linear(hidden, width)
  }

  /// `fc1`, `fc2`.
  public var members: [Member] { [.module("fc1", expand), .module("fc2", contract)] }

  /// Applies the layers.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try contract(expand(x).gelu(approximate: true))
  }
}
