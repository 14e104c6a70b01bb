import Nets
import Tensors

/// Projects a backbone's tokens to a teacher's token space, so that the two can be compared.
///
/// - Shapes: input `[…, width]`, result `[…, teacher width]`.
/// - Source: REPA, arXiv 2410.06940: three linear layers with SiLU between them.
final class AlignmentProjector: Module {
  private let layers: [Linear]

  init(width: Int, hidden: Int, teacherWidth: Int) throws {
    layers = [
      try Linear(width, hidden), try Linear(hidden, hidden), try Linear(hidden, teacherWidth),
    ]
  }

  /// `0`, `2`, `4`: the numbers in a PyTorch `Sequential`, which counts the activations too.
  var members: [Member] { layers.enumerated().map { .module("\(2 * $0)", $1) } }

  func callAsFunction(_ tokens: Tensor) throws -> Tensor {
    try layers[2](layers[1](layers[0](tokens).silu()).silu())
  }
}
