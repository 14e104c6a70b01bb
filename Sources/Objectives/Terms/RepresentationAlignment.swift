import Diagnostics
import Models
import Tensors

/// REPA: aligns intermediate tokens of the backbone with a teacher's tokens.
///
/// The negative cosine similarity of each projected token and the teacher's token at the same position,
/// averaged over the tokens, then over the depths. Tokens that a route takes out are not compared.
/// - Source: REPA, arXiv 2410.06940; one projector for several depths, as in SR-DiT's later steps.
/// - Departs: in a step that drops SPRINT's path, the middle blocks have no tokens to compare.
///   SR-DiT's code computes them even then and only discards their result.
public struct RepresentationAlignment: LossTerm {
  /// The name in logs.
  public let name = "alignment"
  /// The weight of the term in the sum.
  public var weight: Double
  /// The image number from which on the term is off; 0 means never.
  ///
  /// - Source: HASTE, arXiv 2505.16792: alignment helps early and hinders late.
  public var stopImages: Int

  /// The teacher's tokens.
  public var needs: BatchNeeds { BatchNeeds(teacher: true) }

  /// `true`: the term compares projections.
  public var needsProjections: Bool { true }

  /// Creates a term.
  public init(weight: Double = 0.5, stopImages: Int = 0) {
    self.weight = weight
    self.stopImages = stopImages
  }

  /// Whether `stopImages` has not been reached yet.
  public func isActive(atImage image: Int) -> Bool { stopImages == 0 || image < stopImages }

  /// The negative cosine similarity, averaged over depths.
  ///
  /// - Throws: ``PeregrineError`` `.usage` without a teacher or projections, `.shapeMismatch` if
  ///   the teacher has another grid or width.
  public func value(of pass: ForwardPass) throws -> Tensor {
    guard let teacher = pass.teacher, !pass.output.projections.isEmpty else {
      throw PeregrineError(
        .usage, doing: "aligning with a teacher",
        found: pass.teacher == nil ? "no teacher" : "a backbone without a projector")
    }
    // If the student has no class token, the teacher's class token is not compared.
    let target =
      pass.clean.classToken == nil ? try teacher.sliced(1, 1..<teacher.shape[1]) : teacher
    let losses = try pass.output.projections.map { projection in
      let tokens = try projection.tokens.to(target.dtype)
      return try alignmentLoss(
        projected: tokens, teacher: Self.chosen(target, projection.positions))
    }
    guard losses.count > 1 else { return losses[0] }
    return try losses.dropFirst().reduce(losses[0]) { try $0 + $1 } * (1 / Double(losses.count))
  }

  /// The teacher's tokens at the given positions; all of them if `nil`.
  private static func chosen(_ teacher: Tensor, _ positions: Tensor?) throws -> Tensor {
    guard let positions else { return teacher }
    return try teacher.gathered(
      1, positions.unsqueezed(-1).expanded(positions.shape + [teacher.shape[2]]))
  }
}

/// The negative cosine similarity of projected tokens and a teacher's tokens, averaged over all tokens.
///
/// - Shapes: both `[batch, tokens, teacher width]`; the result is one element in [−1, 1].
/// - Source: REPA, arXiv 2410.06940; lengths below 1e-12 count as 1e-12.
/// - Throws: ``PeregrineError`` `.shapeMismatch` if the shapes differ.
func alignmentLoss(projected: Tensor, teacher: Tensor) throws -> Tensor {
  guard projected.shape == teacher.shape else {
    throw PeregrineError(
      .shapeMismatch, doing: "comparing projected tokens with the teacher's",
      found: "\(projected.shape) and \(teacher.shape)", expected: "the same shape",
      advice: "The teacher has another width or grid than the model was built for.")
  }
  return try -cosines(projected, teacher, dim: -1).mean()
}
