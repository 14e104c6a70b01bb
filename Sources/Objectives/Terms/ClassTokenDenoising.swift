import Diagnostics
import Models
import Tensors

/// REG: the squared error of the class token, which is noised and denoised together with the item.
///
/// - Source: "Representation Entanglement for Generation", arXiv 2507.01467, eq. (7); weight 0.03
///   in SR-DiT.
public struct ClassTokenDenoising: LossTerm {
  /// The name in logs.
  public let name = "class_token"
  /// The weight of the term in the sum.
  public var weight: Double

  /// The teacher's class token.
  public var needs: BatchNeeds { BatchNeeds(teacher: true) }

  /// Creates a term.
  public init(weight: Double = 0.03) { self.weight = weight }

  /// The mean squared error, in the objective's loss space.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a backbone without a class token.
  public func value(of pass: ForwardPass) throws -> Tensor {
    guard let error = try pass.requireFlow(for: name).squaredError().classToken else {
      throw PeregrineError(
        .usage, doing: "comparing class tokens", found: "a backbone without one")
    }
    return try error.mean()
  }
}
