import Diagnostics
import Models
import Tensors

/// REG: the class token that is noised and denoised beside the item has an error of its own.
///
/// - Source: "Representation Entanglement for Generation", arXiv 2507.01467, eq. (7); 0.03 in SR-DiT.
public struct ClassTokenDenoising: LossTerm {
  /// The name in logs.
  public let name = "class_token"
  /// What the term is multiplied by in the sum.
  public var weight: Double

  /// The teacher's class token.
  public var needs: BatchNeeds { BatchNeeds(teacher: true) }

  /// A term of a given weight.
  public init(weight: Double = 0.03) { self.weight = weight }

  /// The mean squared error, in the space of the method's loss.
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
