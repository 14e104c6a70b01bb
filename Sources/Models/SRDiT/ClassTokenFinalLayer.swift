import Nets
import Tensors

/// The last layer: one modulated norm, then one projection for the class token and one for all others.
///
/// Modulation and projections are zero at first, so a new model answers 0.
/// - Shapes: input `[batch, 1 + patches, width]`; results `[batch, patches, outputs]` and
///   `[batch, teacher width]`.
final class ClassTokenFinalLayer: Module {
  private let norm: RMSNorm
  private let patches: Linear
  private let classToken: Linear
  private let modulation: Linear

  init(width: Int, outputs: Int, teacherWidth: Int) throws {
    norm = try RMSNorm(width: width, gain: false)
    patches = try Linear(width, outputs, weight: .zeros)
    classToken = try Linear(width, teacherWidth, weight: .zeros)
    modulation = try Linear(width, 2 * width, weight: .zeros)
  }

  var members: [Member] {
    [
      .module("linear", patches), .module("linear_cls", classToken),
      .module("adaLN_modulation.1", modulation),
    ]
  }

  func callAsFunction(_ x: Tensor, _ condition: Tensor) throws
    -> (patches: Tensor, classToken: Tensor)
  {
    let parts = try modulation(condition).unsqueezed(1).chunks(2, dim: -1)
    let tokens = try norm(x) * (1 + parts[1]) + parts[0]
    return try (
      patches(tokens.sliced(1, 1..<x.shape[1])),
      classToken(tokens.sliced(1, 0..<1).squeezed(1))
    )
  }
}
