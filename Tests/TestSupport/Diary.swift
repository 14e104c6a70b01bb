import Models
import Tensors

/// A policy that computes everything and notes the evaluations.
public final class Diary: StepPolicy {
  /// Every evaluation, in order.
  public private(set) var evaluations: [NetworkEvaluation] = []

  /// An empty diary.
  public init() {}

  /// Notes the evaluation.
  public func begin(_ evaluation: NetworkEvaluation) { evaluations.append(evaluation) }

  /// Computes everything.
  public func output(of work: Work) throws -> Tensor { try work.compute(work.rows) }
}
