import Models
import Tensors

/// A policy that computes everything and records evaluations, inputs and outputs.
public final class RecordingPolicy: StepPolicy {
  /// The evaluations of a trajectory, in order.
  public private(set) var evaluations: [NetworkEvaluation] = []
  /// The last input of each site.
  public private(set) var inputs: [ComputationSite: Tensor] = [:]
  /// The last output of each site.
  public private(set) var outputs: [ComputationSite: Tensor] = [:]

  /// Creates a policy without records.
  public init() {}

  /// Records the evaluation.
  public func begin(_ evaluation: NetworkEvaluation) { evaluations.append(evaluation) }

  /// Computes the work and records input and output.
  public func output(of work: Work) throws -> Tensor {
    let output = try work.compute(work.rows)
    (inputs[work.site], outputs[work.site]) = (try work.input(), output)
    return output
  }
}
