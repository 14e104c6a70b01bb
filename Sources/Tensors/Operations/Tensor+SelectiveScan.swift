import CTorch
import Diagnostics

/// The operands of a selective scan besides the sequence itself.
///
/// - Shapes: step sizes `[batch, tokens, channels]`; rates `[channels, states]`; input and output
///   weights `[batch, tokens, states]`; skip `[channels]`.
public struct SelectiveScanOperands {
  /// Δ, positive: how far the state moves at each token.
  public var stepSizes: Tensor
  /// A, negative: how fast each state decays.
  public var rates: Tensor
  /// B: what each state takes from the input.
  public var inputWeights: Tensor
  /// C: what the output takes from each state.
  public var outputWeights: Tensor
  /// D: what the output takes from the input directly.
  public var skip: Tensor

  /// The operands of one scan.
  public init(
    stepSizes: Tensor, rates: Tensor, inputWeights: Tensor, outputWeights: Tensor, skip: Tensor
  ) {
    self.stepSizes = stepSizes
    self.rates = rates
    self.inputWeights = inputWeights
    self.outputWeights = outputWeights
    self.skip = skip
  }
}

/// The recurrence of selective state-space models.
extension Tensor {
  /// Scans the sequence: h(t) = exp(Δ(t)·A)·h(t−1) + Δ(t)·B(t)·x(t), y(t) = C(t)·h(t) + D·x(t).
  ///
  /// On a CPU this is one fused operation with its own backward pass, which gives the same bits for
  /// any number of threads. On other devices it is ``selectiveScanTokenByToken(_:reversed:)``.
  /// - Parameter reversed: whether to scan from the last token to the first.
  /// - Shapes: `self` and the result `[batch, tokens, channels]`.
  /// - Source: Mamba, arXiv 2312.00752, eq. (2) and algorithm 2, with its simplified B̄ = Δ·B.
  /// - Throws: ``PeregrineError`` `.shapeMismatch` when the operands do not fit.
  public func selectiveScan(_ operands: SelectiveScanOperands, reversed: Bool = false) throws
    -> Tensor
  {
    guard device == .cpu else { return try selectiveScanTokenByToken(operands, reversed: reversed) }
    return try make("scanning a sequence", [self, operands.stepSizes, operands.rates]) {
      ct_selective_scan(
        handle, operands.stepSizes.handle, operands.rates.handle, operands.inputWeights.handle,
        operands.outputWeights.handle, operands.skip.handle, reversed ? 1 : 0, $0, $1)
    }
  }

  /// The same with libtorch operations, token by token. It is the reference for
  /// ``selectiveScan(_:reversed:)`` and works on any device.
  public func selectiveScanTokenByToken(
    _ operands: SelectiveScanOperands, reversed: Bool = false
  ) throws -> Tensor {
    guard shape.count == 3, shape[1] > 0, operands.rates.shape.count == 2 else {
      throw PeregrineError(
        .shapeMismatch, doing: "scanning a sequence",
        found: "\(shape) with rates \(operands.rates.shape)",
        expected: "[batch, tokens, channels] and [channels, states]")
    }
    let wide: DType = dtype == .float64 ? .float64 : .float32
    let (x, stepSizes) = try (to(wide), operands.stepSizes.to(wide))
    let rates = try operands.rates.to(wide)
    var state = try Tensor.zeros([shape[0]] + rates.shape, dtype: wide, device: device)
    var outputs: [Tensor] = []
    for step in 0..<shape[1] {
      let token = reversed ? shape[1] - 1 - step : step
      // [batch, channels, 1] or [batch, 1, states] for this token.
      let column = { (tensor: Tensor) in
        try tensor.sliced(1, token..<token + 1).squeezed(1).unsqueezed(-1)
      }
      let row = { (tensor: Tensor) in try tensor.to(wide).sliced(1, token..<token + 1) }
      let stepSize = try column(stepSizes)
      let input = try stepSize * column(x) * row(operands.inputWeights)
      state = try (stepSize * rates).exp() * state + input
      outputs.append(try (state * row(operands.outputWeights)).sum([-1]))
    }
    let mixed = try Tensor.stacked(reversed ? outputs.reversed() : outputs, dim: 1)
    return try (mixed + operands.skip.to(wide) * x).to(dtype)
  }
}
