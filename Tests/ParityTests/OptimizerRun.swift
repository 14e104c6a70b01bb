import Models
import Nets
import Objectives
import Tensors
import TestSupport
import Testing

/// The AdamW steps of a case, with a moving average, on one loss.
struct OptimizerRun {
  /// The loss before each step, and after the last one.
  let values: [ObjectiveValue]
  /// Our outputs for the roles of gradients and parameters.
  let answers: [String: Tensor]

  /// Trains a model, which must not be used elsewhere.
  init(
    _ model: any Module, _ params: GoldenFixture.Parameters, value: () throws -> ObjectiveValue
  ) throws {
    let betas = try #require(params.betas)
    let optimizer = try AdamW(
      model.namedParameters,
      .init(
        beta1: betas[0], beta2: betas[1], epsilon: #require(params.eps),
        weightDecay: #require(params.weightDecay)))
    let average = try ExponentialMovingAverage(model.namedParameters)
    let start = try Self.values(model.state.map { ($0.name, try $0.tensor.detached().clone()) })
    var (values, norms): ([ObjectiveValue], [Double]) = ([], [])
    for _ in 0..<(try #require(params.steps)) {
      optimizer.clearGradients()
      let value = try value()
      values.append(value)
      try value.total.backward()
      norms.append(try clipGradients(of: model.namedParameters, to: params.gradientClip).item())
      try optimizer.step(learningRate: #require(params.lr))
      try average.update(decay: #require(params.emaDecay))
    }
    self.values = values + [try value()]

    let end = Self.values(model.state)
    let moved = try #require(params.parameterOrder).map { name in
      try (#require(end[name]) - #require(start[name])).squared().sum().squareRoot().item()
    }
    var answers = ["grad_norm_totals": try Tensor(norms, shape: [norms.count])]
    answers["moved"] = try Tensor(moved, shape: [moved.count])
    answers["loss_after"] = self.values.last?.total
    for (name, value) in end { answers["param.\(name)"] = value }
    for (name, value) in average.state { answers["ema.\(name)"] = value }
    self.answers = answers
  }

  private static func values(_ state: [(name: String, tensor: Tensor)]) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.tensor) })
  }
}
