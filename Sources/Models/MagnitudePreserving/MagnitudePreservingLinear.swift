import Nets
import Tensors

/// A linear layer without bias whose output has the magnitude of its input, whatever the weights.
///
/// Rows are renormalised to root mean square 1 after every optimizer step, and normalised again in
/// the forward pass, so that gradients are orthogonal to them: training changes the direction of
/// rows, never their length. This fixes the effective learning rate; weight decay would undo that.
/// - Shapes: input `[…, inputs]`, result `[…, outputs]`; weight `[outputs, inputs]`.
/// - Source: Karras et al., EDM2, arXiv 2312.02696, section 2.3.
/// - Departs: weights are renormalised after each step instead of before each forward pass. In exact
///   arithmetic this is the same, and it lets micro-batches that run in parallel share the weights.
final class MagnitudePreservingLinear: Module {
  private let weight: Parameter
  private let inputs: Int

  init(_ inputs: Int, _ outputs: Int) throws {
    self.inputs = inputs
    weight = try Parameter(shape: [outputs, inputs], .normal(standardDeviation: 1))
  }

  var members: [Member] { [.parameter("weight", weight)] }

  /// The rows scaled to norm 1.
  static func unitRows(_ weight: Tensor) throws -> Tensor {
    try weight.unitMagnitude() * (1 / Double(weight.shape[1]).squareRoot())
  }

  /// The rows as the forward pass uses them, with norm 1.
  var unitRows: Tensor { get throws { try Self.unitRows(weight.value) } }

  func callAsFunction(_ x: Tensor) throws -> Tensor { try x.linear(unitRows, nil) }

  func constrainParameters() throws {
    try withoutGradients {
      try weight.value.copy(from: weight.value.detached().unitMagnitude())
    }
  }
}
