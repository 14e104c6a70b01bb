import Tensors

/// A state and the class token that is noised and denoised beside it.
///
/// - Shapes: `state` `[batch, channels, height, width]`; `classToken` `[batch, teacher width]`.
/// - Source: REG, "Representation Entanglement for Generation", arXiv 2507.01467.
public struct StateWithClassToken {
  /// Pictures or latents, or their noise or velocity.
  public var state: Tensor
  /// The teacher's class token, or its noise or velocity.
  public var classToken: Tensor

  /// A pair.
  public init(state: Tensor, classToken: Tensor) {
    self.state = state
    self.classToken = classToken
  }

  /// The pair of both tensors changed alike.
  public func map(_ change: (Tensor) throws -> Tensor) rethrows -> StateWithClassToken {
    try StateWithClassToken(state: change(state), classToken: change(classToken))
  }
}
