import Tensors

/// What is noised and denoised: an item, and with REG a class token as well.
///
/// - Shapes: `item` `[batch, channels, height, width]`; `classToken` `[batch, teacher width]`.
/// - Source: REG, "Representation Entanglement for Generation", arXiv 2507.01467.
public struct DiffusionState {
  /// Pictures or latents, or their noise or velocity.
  public var item: Tensor
  /// The teacher's class token, or its noise or velocity; `nil` without REG.
  public var classToken: Tensor?

  /// Creates a state, by default without a class token.
  public init(_ item: Tensor, classToken: Tensor? = nil) {
    self.item = item
    self.classToken = classToken
  }

  /// Applies one function to each part of the state.
  public func map(_ change: (Tensor) throws -> Tensor) rethrows -> DiffusionState {
    try DiffusionState(change(item), classToken: classToken.map(change))
  }

  /// Combines two states part by part. A part that one of them lacks is left out.
  public func combined(
    with other: DiffusionState, _ combine: (Tensor, Tensor) throws -> Tensor
  ) rethrows -> DiffusionState {
    let token = try classToken.flatMap { mine in
      try other.classToken.map { try combine(mine, $0) }
    }
    return try DiffusionState(combine(item, other.item), classToken: token)
  }
}
