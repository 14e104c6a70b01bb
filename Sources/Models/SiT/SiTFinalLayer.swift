import Nets
import Tensors

/// The last layer: a modulated norm and a projection, and with REG a second projection for the class
/// token.
///
/// Modulation and projections are initialised to zero, so a new model predicts 0.
/// - Shapes: input `[batch, tokens, width]`, the class token first; results `[batch, patches, outputs]`
///   and `[batch, teacher width]`.
final class SiTFinalLayer: Module {
  private let norm: NormKind
  private let patches: Linear
  private let classToken: Linear?
  private let modulation: Linear

  init(width: Int, outputs: Int, options: BackboneOptions) throws {
    norm = options.norm
    patches = try Linear(width, outputs, weight: .zeros)
    classToken = try options.classTokenWidth.map { try Linear(width, $0, weight: .zeros) }
    modulation = try Linear(width, 2 * width, weight: .zeros)
  }

  var members: [Member] {
    [.module("linear", patches)] + (classToken.map { [.module("linear_cls", $0)] } ?? [])
      + [.module("adaLN_modulation.1", modulation)]
  }

  func callAsFunction(_ x: Tensor, _ condition: Tensor) throws
    -> (patches: Tensor, classToken: Tensor?)
  {
    let parts = try modulation(condition).unsqueezed(1).chunks(2, dim: -1)
    let tokens = try x.modulatedNorm(norm, shift: parts[0], scale: parts[1], epsilon: 1e-6)
    guard let classToken else { return (try patches(tokens), nil) }
    return try (
      patches(tokens.sliced(1, 1..<x.shape[1])),
      classToken(tokens.sliced(1, 0..<1).squeezed(1))
    )
  }
}
