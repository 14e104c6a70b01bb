import Diagnostics
import Tensors

/// Muon: the momentum is made nearly orthogonal before it is applied, so that a step changes all
/// directions of a matrix equally.
///
/// `B ← μB + (1 − μ)g`, `θ ← θ − ηλθ − η·√max(1, rows/columns)·NewtonSchulz(μB + (1 − μ)g)`, with
/// Nesterov momentum.
/// - Shapes: matrices `[rows, columns]`, or a single row in more dimensions, such as `[1, 1, width]`.
/// - Source: Jordan et al., 2024, and Liu et al., arXiv 2502.16982, for decoupled weight decay; matches
///   fixture `muon`.
public final class Muon: Optimizer {
  /// The hyperparameters, apart from the learning rate.
  public struct Options: Sendable {
    /// The decay rate of the momentum.
    public var momentum: Double
    /// Decoupled weight decay, relative to the learning rate.
    public var weightDecay: Double
    /// The dtype in which the Newton–Schulz iteration computes.
    public var iterationDType: DType

    /// Published defaults.
    public init(
      momentum: Double = 0.95, weightDecay: Double = 0, iterationDType: DType = .bfloat16
    ) {
      self.momentum = momentum
      self.weightDecay = weightDecay
      self.iterationDType = iterationDType
    }
  }

  private let parameters: [NamedParameter]
  private let options: Options
  private let momenta: [Tensor]
  /// Indices in `parameters` of matrices of equal shape, which are iterated together.
  private let groups: [[Int]]

  /// Creates an optimizer with zero momentum for the trainable parameters among `parameters`.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming a parameter that is not a matrix.
  public init(_ parameters: [NamedParameter], _ options: Options = Options()) throws {
    self.parameters = parameters.filter(\.parameter.isTrainable)
    self.options = options
    for entry in self.parameters where !Self.isMatrix(entry.parameter.value.shape) {
      throw PeregrineError(
        .usage, doing: "making Muon for `\(entry.name)`",
        found: "shape \(entry.parameter.value.shape)", expected: "a matrix",
        advice: "Give it to another optimizer, such as AdamW.")
    }
    let values = self.parameters.map(\.parameter.value)
    momenta = try values.map { try .zeros($0.shape, dtype: $0.dtype, device: $0.device) }
    let shapes = values.map { Self.matrixShape($0.shape) }
    groups = Dictionary(grouping: values.indices) { shapes[$0] }.values
      .sorted { $0[0] < $1[0] }
  }

  /// Whether Muon supports a parameter of this shape: a matrix, or a single row.
  static func isMatrix(_ shape: [Int]) -> Bool {
    shape.count == 2 || shape.count > 2 && shape.dropLast().allSatisfy { $0 == 1 }
  }

  private static func matrixShape(_ shape: [Int]) -> [Int] {
    [shape.dropLast().reduce(1, *), shape[shape.count - 1]]
  }

  /// Takes one optimizer step with the accumulated gradients.
  public func step(learningRate: Double) throws {
    let gradients = try parameters.gradientsOrZeros()
    let values = parameters.map(\.parameter.value)
    try ParameterLists.interpolate(momenta, toward: gradients, weight: 1 - options.momentum)
    if options.weightDecay != 0, let first = values.first {
      let kept = 1 - learningRate * options.weightDecay
      try ParameterLists.scale(
        values, by: .full(kept, shape: [], dtype: first.dtype, device: first.device))
    }
    try withoutGradients {
      for group in groups {
        let shape = Self.matrixShape(values[group[0]].shape)
        let directions = try NewtonSchulz.orthogonalized(lookahead(group, gradients, shape))
        let scale = max(1, Double(shape[0]) / Double(shape[1])).squareRoot()
        let updates = try (directions.to(values[group[0]].dtype) * (-learningRate * scale))
          .chunks(group.count, dim: 0)
        try ParameterLists.add(
          zip(group, updates).map { try $1.reshaped(values[$0].shape) },
          into: group.map { values[$0] })
      }
    }
  }

  /// `μB + (1 − μ)g` of matrices of equal shape, `[count, rows, columns]`.
  private func lookahead(_ group: [Int], _ gradients: [Tensor], _ shape: [Int]) throws -> Tensor {
    func stacked(_ tensors: [Tensor]) throws -> Tensor {
      try .stacked(group.map { try tensors[$0].reshaped(shape) })
    }
    return try (stacked(momenta) * options.momentum + stacked(gradients) * (1 - options.momentum))
      .to(options.iterationDType)
  }

  /// Forgets the accumulated gradients.
  public func clearGradients() { parameters.clearGradients() }

  /// `NAME/momentum` of each parameter.
  public var state: [(name: String, tensor: Tensor)] {
    zip(parameters, momenta).map { ("\($0.name)/momentum", $1) }
  }
}
