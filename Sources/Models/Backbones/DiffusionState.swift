import Tensors

/// What is noised and denoised: an item, and with REG a class token beside it.
///
/// - Shapes: `item` `[batch, channels, height, width]`; `classToken` `[batch, teacher width]`.
/// - Source: REG, "Representation Entanglement for Generation", arXiv 2507.01467.
public struct DiffusionState {
  /// Pictures or latents, or their noise or velocity.
  public var item: Tensor
  /// The teacher's class token, or its noise or velocity; `nil` without REG.
  public var classToken: Tensor?

  /// A state; without a class token unless one is given.
  public init(_ item: Tensor, classToken: Tensor? = nil) {
    self.item = item
    self.classToken = classToken
  }

  /// The state with each part changed alike.
  public func map(_ change: (Tensor) throws -> Tensor) rethrows -> DiffusionState {
    try DiffusionState(change(item), classToken: classToken.map(change))
  }

  /// Two states put together part by part; parts that one of them lacks are left out.
  public func combined(
    with other: DiffusionState, _ combine: (Tensor, Tensor) throws -> Tensor
  ) rethrows -> DiffusionState {
    let token = try classToken.flatMap { mine in
      try other.classToken.map { try combine(mine, $0) }
    }
    return try DiffusionState(combine(item, other.item), classToken: token)
  }
}
