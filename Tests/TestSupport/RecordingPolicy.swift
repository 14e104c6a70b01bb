import Models
import Tensors

/// A policy that computes everything and remembers what it was asked.
public final class RecordingPolicy: StepPolicy {
  /// The evaluations of a trajectory, in order.
  public private(set) var evaluations: [NetworkEvaluation] = []
  /// What each site read last.
  public private(set) var inputs: [ComputationSite: Tensor] = [:]
  /// What each site answered last.
  public private(set) var outputs: [ComputationSite: Tensor] = [:]

  /// A policy that has seen nothing yet.
  public init() {}

  /// Notes the evaluation.
  public func begin(_ evaluation: NetworkEvaluation) { evaluations.append(evaluation) }

  /// Computes, and keeps what went in and came out.
  public func output(of work: Work) throws -> Tensor {
    let output = try work.compute(work.rows)
    (inputs[work.site], outputs[work.site]) = (try work.input(), output)
    return output
  }
}
