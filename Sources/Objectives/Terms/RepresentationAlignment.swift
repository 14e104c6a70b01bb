import Diagnostics
import Models
import Tensors

/// REPA: tokens on their way through the backbone shall point where a teacher's tokens point.
///
/// The negative cosine of each projected token and the teacher's token of the same place, mean over all
/// tokens that are there, then over the depths. Places that a route left out are not compared.
/// - Source: REPA, arXiv 2410.06940; several depths with one projector as in SR-DiT's later steps.
/// - Departs: where a step drops SPRINT's path there are no tokens in the middle to compare; SR-DiT's code
///   computes them there and throws only their result away.
public struct RepresentationAlignment: LossTerm {
  /// The name in logs.
  public let name = "alignment"
  /// What the term is multiplied by in the sum.
  public var weight: Double
  /// From this image of the run on the term is off; 0 keeps it to the end.
  ///
  /// - Source: HASTE, arXiv 2505.16792: alignment helps early and hinders late.
  public var stopImages: Int

  /// The teacher's tokens.
  public var needs: BatchNeeds { BatchNeeds(teacher: true) }

  /// It compares projections.
  public var needsProjections: Bool { true }

  /// A term of a given weight.
  public init(weight: Double = 0.5, stopImages: Int = 0) {
    self.weight = weight
    self.stopImages = stopImages
  }

  /// Until the stop point.
  public func isActive(atImage image: Int) -> Bool { stopImages == 0 || image < stopImages }

  /// The mean over depths.
  ///
  /// - Throws: ``PeregrineError`` `.usage` without teacher or projections, `.shapeMismatch` when the
  ///   teacher has another grid or width.
  public func value(of pass: ForwardPass) throws -> Tensor {
    guard let teacher = pass.teacher, !pass.output.projections.isEmpty else {
      throw PeregrineError(
        .usage, doing: "aligning with a teacher",
        found: pass.teacher == nil ? "no teacher" : "a backbone without a projector")
    }
    // Without a class token of the student there is nothing to compare the teacher's with.
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

  /// The teacher's tokens at some positions, or all.
  private static func chosen(_ teacher: Tensor, _ positions: Tensor?) throws -> Tensor {
    guard let positions else { return teacher }
    return try teacher.gathered(
      1, positions.unsqueezed(-1).expanded(positions.shape + [teacher.shape[2]]))
  }
}

/// How far a network's projected tokens point away from a teacher's: the negative cosine, mean over all
/// tokens.
///
/// - Shapes: both `[batch, tokens, teacher width]`, token for token; result one element in [−1, 1].
/// - Source: REPA, arXiv 2410.06940; lengths below 1e-12 count as 1e-12.
/// - Throws: ``PeregrineError`` `.shapeMismatch` when the shapes differ.
func alignmentLoss(projected: Tensor, teacher: Tensor) throws -> Tensor {
  guard projected.shape == teacher.shape else {
    throw PeregrineError(
      .shapeMismatch, doing: "comparing projected tokens with the teacher's",
      found: "\(projected.shape) and \(teacher.shape)", expected: "the same shape",
      advice: "The teacher has another width or grid than the model was built for.")
  }
  return try -cosines(projected, teacher, dim: -1).mean()
}
