import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct OptimizerTests {
  private let layer: Linear
  private let x: Tensor

  init() throws {
    layer = try Linear(3, 2)
    try layer.randomize(seed: 4)
    x = try PlainArray.example([5, 3]).tensor(.float32)
  }

  private func makeGradients() throws {
    try layer(x).squared().sum().backward()
  }

  private func gradients() throws -> [Double] {
    try layer.state.flatMap { try $0.tensor.gradient()?.scalars(Double.self) ?? [] }
  }

  private func norm(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  @Test func clippingScalesDownToTheMaximumOnly() throws {
    try makeGradients()
    let before = try gradients()
    let size = norm(before)
    let loose = try clipGradients(of: layer.namedParameters, to: 10 * size)
    #expect(abs(try loose.item() - size) < 1e-5 * size)
    #expect(try gradients() == before)
    let unlimited = try clipGradients(of: layer.namedParameters, to: nil)
    #expect(abs(try unlimited.item() - size) < 1e-5 * size)
    #expect(try gradients() == before)
    let tight = try clipGradients(of: layer.namedParameters, to: 0.5)
    #expect(abs(try tight.item() - size) < 1e-5 * size, "the norm before clipping")
    let factor = 0.5 / (size + 1e-6)
    #expect(zip(try gradients(), before).allSatisfy { abs($0 - factor * $1) < 1e-6 })
  }

  /// A parameter without a gradient moves as one whose gradient is zero.
  @Test(arguments: [true, false]) func noGradientIsTheGradientZero(isAbsent: Bool) throws {
    let optimizer = try AdamW(layer.namedParameters, .init(weightDecay: 0.5))
    let bias = try #require(layer.bias).value
    try makeGradients()
    try optimizer.step(learningRate: 0.1)
    let moment = try #require(optimizer.state.first { $0.name == "bias/first_moment" }).tensor
    let (momentBefore, before) = (
      try moment.scalars(Double.self), try bias.scalars(Double.self)
    )
    if isAbsent { bias.clearGradient() } else { try bias.setGradient(.zeros([2])) }
    try optimizer.step(learningRate: 0.1)
    let expected = [0, 1].map { index in
      let first = 0.9 * momentBefore[index] / (1 - 0.81)
      let gradient = momentBefore[index] / 0.1
      let second = 0.999 * 0.001 * gradient * gradient / (1 - 0.998001)
      return before[index] * (1 - 0.1 * 0.5) - 0.1 * first / (second.squareRoot() + 1e-8)
    }
    #expect(zip(try bias.scalars(Double.self), expected).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(
      zip(try moment.scalars(Double.self), momentBefore).allSatisfy { abs($0 - 0.9 * $1) < 1e-6 })
    optimizer.clearGradients()
    #expect(try gradients().isEmpty)
  }

  /// Weights and averages against the formulas in float64; what is multiplied by afterwards are the new
  /// weights.
  @Test func theAverageFollowsTheStep() throws {
    let layer = try Linear(64, 160)
    try layer.randomize(seed: 9)
    let parameters = layer.namedParameters
    let average = try ExponentialMovingAverage(parameters)
    let optimizer = try AdamW(parameters, .init(weightDecay: 0.1))
    let input = try PlainArray.example([40, 64]).tensor(.float32)
    func values(_ tensors: [Tensor]) throws -> [Double] {
      try tensors.flatMap { try $0.scalars(Double.self) }
    }
    var exact = try values(parameters.map(\.parameter.value))
      .map { (value: $0, first: 0.0, second: 0.0, average: $0) }
    for step in 1...4 {
      // Packs the weights, so that there is something to be kept up to date.
      _ = try withComputation(in: .bfloat16, on: .cpu) { try layer(input) }
      let gradients = try parameters.map {
        try PlainArray.example($0.parameter.value.shape).tensor(.float32) * Double(step)
      }
      for (entry, gradient) in zip(parameters, gradients) {
        try entry.parameter.value.setGradient(gradient)
      }
      try optimizer.step(learningRate: 0.01, average: average, decay: 0.7)
      for (at, gradient) in try values(gradients).enumerated() {
        var e = exact[at]
        e.first = 0.9 * e.first + 0.1 * gradient
        e.second = 0.999 * e.second + 0.001 * gradient * gradient
        let corrections = (1 - pow(0.9, Double(step)), 1 - pow(0.999, Double(step)))
        let root = (e.second / corrections.1).squareRoot() + 1e-8
        e.value = e.value * (1 - 0.01 * 0.1) - 0.01 * e.first / corrections.0 / root
        e.average += 0.3 * (e.value - e.average)
        exact[at] = e
      }
    }
    let (weights, averages) = (
      try values(parameters.map(\.parameter.value)), try values(average.state.map(\.tensor))
    )
    #expect(zip(weights, exact).allSatisfy { abs($0 - $1.value) < 2e-6 })
    #expect(zip(averages, exact).allSatisfy { abs($0 - $1.average) < 2e-6 })
    let wide = try layer(input).to(.float64)
    let narrow = try withComputation(in: .bfloat16, on: .cpu) { try layer(input) }.to(.float64)
    let distance = try (narrow - wide).squared().sum().item() / wide.squared().sum().item()
    #expect(distance < 1e-4)
  }

  /// Copying the state back makes the next step the same, bit for bit.
  @Test func theStateIsAllThatMatters() throws {
    let optimizer = try AdamW(layer.namedParameters, .init())
    #expect(
      optimizer.state.map(\.name) == [
        "weight/first_moment", "weight/second_moment", "weight/step", "bias/first_moment",
        "bias/second_moment", "bias/step",
      ])
    try makeGradients()
    try optimizer.step(learningRate: 0.1)
    let saved = try optimizer.state.map { try $0.tensor.clone() }
    let weights = try layer.state.map { try $0.tensor.detached().clone() }
    try optimizer.step(learningRate: 0.1)
    let expected = try layer.weight.value.bytes()

    let resumed = try AdamW(layer.namedParameters, .init())
    for (entry, value) in zip(resumed.state, saved) { try entry.tensor.copy(from: value) }
    for (entry, value) in zip(layer.state, weights) { try entry.tensor.copy(from: value) }
    try resumed.step(learningRate: 0.1)
    #expect(try layer.weight.value.bytes() == expected)
  }

  @Test func fixedTablesAreNotTrained() throws {
    final class WithTable: Module {
      let table: Parameter
      init() throws { table = try Parameter(shape: [2], .table([1, 2]), isTrainable: false) }
      var members: [Member] { [.parameter("table", table)] }
    }
    let module = try WithTable()
    #expect(module.parameterCount == 2)
    #expect(module.trainableParameters.isEmpty)
    #expect(try AdamW(module.namedParameters, .init()).state.isEmpty)
  }

  @Test func averagesFollowTheirFormula() throws {
    let average = try ExponentialMovingAverage(layer.namedParameters)
    var expected = try layer.weight.value.scalars(Double.self)
    for step in 1...3 {
      try layer.weight.value.copy(
        from: PlainArray.example([2, 3], phase: Double(step) / 7).tensor())
      let current = try layer.weight.value.scalars(Double.self)
      try average.update(decay: 0.8)
      expected = zip(expected, current).map { 0.8 * $0 + 0.2 * $1 }
    }
    let found = try #require(average.state.first { $0.name == "weight" }).tensor
    #expect(zip(try found.scalars(Double.self), expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(!found.requiresGradient)
  }

  @Test func averagedValuesAreThereInsideTheScopeOnly() throws {
    struct Stop: Error {}
    let average = try ExponentialMovingAverage(layer.namedParameters)
    let averaged = try layer.weight.value.bytes()
    try layer.weight.value.copy(from: .ones([2, 3]))
    let current = try layer.weight.value.bytes()
    let seen = try average.withAveragedParameters { try layer.weight.value.bytes() }
    #expect(seen == averaged)
    #expect(try layer.weight.value.bytes() == current)
    #expect(throws: Stop.self) { try average.withAveragedParameters { throw Stop() } }
    #expect(try layer.weight.value.bytes() == current)
  }
}
