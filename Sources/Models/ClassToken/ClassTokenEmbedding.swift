import Nets
import Tensors

/// Embeds the noised class token as the first token of the sequence.
///
/// - Shapes: class token `[batch, teacher width]`, result `[batch, width]`.
/// - Source: REG, arXiv 2507.01467; RMSNorm with gain as in SR-DiT.
final class ClassTokenEmbedding: Module {
  private let projection: Linear
  private let norm: RMSNorm

  init(teacherWidth: Int, width: Int) throws {
    projection = try Linear(teacherWidth, width)
    norm = try RMSNorm(width: width, gain: true)
  }

  var members: [Member] { [.module("cls_projectors2", projection), .module("wg_norm", norm)] }

  func callAsFunction(_ classToken: Tensor) throws -> Tensor {
    try norm(projection(classToken))
  }
}
