import Diagnostics
import Models
import Tensors

/// One forward pass in training, as loss terms read it.
public struct ForwardPass {
  /// The data.
  public let clean: DiffusionState
  /// The network's output.
  public let output: BackboneOutput
  /// The teacher's tokens `[batch, 1 + patches, width]`, the class token first; `nil` without a
  /// teacher.
  public let teacher: Tensor?
  /// Noise, times and noisy state; `nil` if the objective is not flow matching.
  public let flow: FlowPass?

  /// The flow matching part, for a term that compares velocities.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if the objective is not flow matching.
  func requireFlow(for term: String) throws -> FlowPass {
    guard let flow else {
      throw PeregrineError(
        .usage, doing: "computing the loss term `\(term)`",
        found: "a method that does not noise data along a path", expected: "flow matching")
    }
    return flow
  }
}
