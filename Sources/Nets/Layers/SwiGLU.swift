import Tensors

/// A gated pair of linear layers, applied to every token: `w3(silu(gate) · value)`.
///
/// - Source: Shazeer, arXiv 2002.05202, eq. (6), with biases; one matrix holds gate and value.
public final class SwiGLU: FeedForwardLayer {
  private let expand: Linear
  private let contract: Linear

  /// Creates a layer with `hidden` gated values.
  public init(width: Int, hidden: Int) throws {
    expand = try Linear(width, 2 * hidden)
    contract = try Linear(hidden, width)
  }

  /// `w12` (the rows of the gate, then of the value), `w3`.
  public var members: [Member] { [.module("w12", expand), .module("w3", contract)] }

  /// Applies the layers.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try contract(expand(x).swiglu())
  }
}
