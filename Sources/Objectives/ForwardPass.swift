import Diagnostics
import Models
import Tensors

/// One forward pass of a training method, for the loss terms that read it.
public struct ForwardPass {
  /// The data.
  public let clean: DiffusionState
  /// What the network answered.
  public let output: BackboneOutput
  /// The teacher's tokens `[batch, 1 + places, width]`, the class token first; `nil` without teacher.
  public let teacher: Tensor?
  /// How the data was noised, in flow matching.
  public let flow: FlowPass?

  /// The flow, for a term that compares velocities.
  ///
  /// - Throws: ``PeregrineError`` `.usage` where data is noised in another way.
  func requireFlow(for term: String) throws -> FlowPass {
    guard let flow else {
      throw PeregrineError(
        .usage, doing: "computing the loss term `\(term)`",
        found: "a method that does not noise data along a path", expected: "flow matching")
    }
    return flow
  }
}
