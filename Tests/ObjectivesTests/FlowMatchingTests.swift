import DiffusionMath
import Foundation
import Models
import Nets
import Objectives
import Samples
import Tensors
import TestSupport
import Testing

@Suite struct FlowMatchingTests {
  private let itemShape = [2, 3, 3]

  private func backbone() -> PlainBackbone {
    PlainBackbone(itemShape: itemShape) { x, time, label in
      try x * 0.3 + time - 0.05 * label + 0.2
    }
  }

  private func batch(
    _ numbers: Range<Int>, _ draws: Draws, dtype: DType = .float64
  ) throws -> TrainingBatch {
    let clean = try Tensor.stacked(
      numbers.map { try PlainArray.example(itemShape, phase: Double($0) / 17).tensor(dtype) })
    return TrainingBatch(
      clean: clean, conditions: numbers.map { Condition(label: $0 % 10) },
      imageNumbers: Array(numbers), draws: draws)
  }

  /// The squared difference of prediction and truth, both read as `loss` by the conversions.
  @Test(
    arguments: PredictionTarget.allCases.flatMap { prediction in
      PredictionTarget.allCases.map { (prediction, $0) }
    }, DiffusionPath.allCases)
  func theLossIsTheErrorInItsSpace(
    spaces: (PredictionTarget, PredictionTarget), path: DiffusionPath
  ) throws {
    let (prediction, loss) = spaces
    var objective = FlowMatching()
    objective.formulation.path = path
    objective.formulation.prediction = prediction
    objective.formulation.floor = 0.05
    objective.loss = loss
    let times = [0.02, 0.3, 0.6, 0.98]
    let shape = [4] + itemShape
    let (clean, noise) = (PlainArray.example(shape), PlainArray.example(shape, phase: 0.4))
    let labels = [3, 0, 10, 7]
    let value = try objective.value(
      clean: DiffusionState(clean.tensor()), noise: DiffusionState(noise.tensor()), times: times,
      conditions: .init(classes: labels, of: 10), backbone: backbone())

    let perImage = try value.perImage.scalars(Double.self)
    for (row, t) in times.enumerated() {
      let at = path.coefficients(at: t)
      let read = path.conversion(from: prediction, to: loss, at: t, floor: 0.05)
      let errors = PlainArray.indices(itemShape).map { place -> Double in
        let (x, e) = (clean[[row] + place], noise[[row] + place])
        let state = at.data * x + at.noise * e
        let output = 0.3 * state + t - 0.05 * Double(labels[row]) + 0.2
        let truth: [PredictionTarget: Double] = [
          .clean: x, .noise: e, .velocity: at.dataRate * x + at.noiseRate * e,
        ]
        let found = read.state * state + read.output * output
        return found - (read.state * state + read.output * (truth[prediction] ?? .nan))
      }
      let expected = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
      #expect(abs(perImage[row] - expected) <= 1e-11 * expected)
    }
    let total = try value.total.item()
    #expect(abs(total - perImage.reduce(0, +) / 4) <= 1e-12 * total)
    #expect(value.terms.map(\.name) == ["flow_matching"])
    #expect(value.times == times)
  }

  /// JiT's table of weights in our clock: 1/t² for the velocity loss, (1 − t)²/t² for the noise loss.
  @Test func theVelocityLossWeighsACleanErrorByTheSquareOfTime() throws {
    var objective = FlowMatching()
    objective.formulation.prediction = .clean
    let shape = [1] + itemShape
    let (clean, noise) = (
      try PlainArray.example(shape).tensor(), try Tensor.zeros(shape, dtype: .float64)
    )
    func total(_ loss: PredictionTarget) throws -> Double {
      objective.loss = loss
      return try objective.value(
        clean: DiffusionState(clean), noise: DiffusionState(noise), times: [0.25],
        conditions: [Condition(label: 0)],
        backbone: backbone()
      ).total.item()
    }
    let base = try total(.clean)
    #expect(abs(try total(.velocity) / base - 16) < 1e-12)
    #expect(abs(try total(.noise) / base - 9) < 1e-12)
  }

  @Test func aTenthOfTheLabelsIsDroppedInTraining() throws {
    let network = backbone()
    let numbers = 0..<4_000
    _ = try FlowMatching().evaluate(
      batch(numbers, Draws(.training, seed: 3)), backbone: network, routing: nil)
    let labels = try #require(network.labels.first)
    let dropped = labels.filter { $0 == 10 }.count
    // 400 expected; the standard deviation is 19.
    #expect(abs(dropped - 400) < 60)
    for (number, label) in zip(numbers, labels) {
      #expect(label == 10 || label == number % 10)
    }
  }

  @Test func validationDropsNothingAndDrawsTheSameTwice() throws {
    let network = backbone()
    let first = try FlowMatching().evaluate(
      batch(0..<50, Draws(.validation, seed: 3)), backbone: network, routing: nil)
    let second = try FlowMatching().evaluate(
      batch(0..<50, Draws(.validation, seed: 3)), backbone: network, routing: nil)
    #expect(try first.perImage.bytes() == second.perImage.bytes())
    #expect(first.times == second.times)
    #expect(network.labels[0] == (0..<50).map { Int64($0 % 10) })
    let training = try FlowMatching().evaluate(
      batch(0..<50, Draws(.training, seed: 3)), backbone: network, routing: nil)
    #expect(training.times != first.times)
    let other = try FlowMatching().evaluate(
      batch(0..<50, Draws(.validation, seed: 4)), backbone: network, routing: nil)
    #expect(other.times != first.times)
  }

  /// Recipes that train at other times or choose among noises are held to the same loss.
  @Test func validationIsTheSameQuestionForEveryRecipe() throws {
    var objective = FlowMatching()
    let plain = try objective.evaluate(
      batch(0..<50, Draws(.validation, seed: 3)), backbone: backbone(), routing: nil)
    objective.times = .logitNormal(mean: 2, standardDeviation: 0.5)
    objective.formulation.shift = TimeShift(factor: 3)
    objective.noiseCandidates = 4
    objective.terms = [ContrastiveFlowMatching(), VelocityDirection()]
    let other = try objective.evaluate(
      batch(0..<50, Draws(.validation, seed: 3)), backbone: backbone(), routing: nil)
    #expect(other.times == plain.times)
    #expect(try other.perImage.bytes() == plain.perImage.bytes())
    #expect(other.terms.map(\.name) == ["flow_matching"])
  }

  @Test func timesFollowTheirDistributionAndShift() throws {
    var objective = FlowMatching()
    objective.formulation.shift = TimeShift(factor: 3)
    let network = backbone()
    let shifted = try objective.evaluate(
      batch(0..<2_000, Draws(.training, seed: 3)), backbone: network, routing: nil
    ).times
    objective.formulation.shift = .none
    let plain = try objective.evaluate(
      batch(0..<2_000, Draws(.training, seed: 3)), backbone: network, routing: nil
    ).times
    #expect(shifted == plain.map { TimeShift(factor: 3)($0) })
    #expect(abs(plain.reduce(0, +) / 2_000 - 0.5) < 0.03)
    #expect(network.times.map(\.count) == [2_000, 2_000], "the network sees the shifted times")
    #expect(network.times[0] == shifted)
  }

  /// Image `i` has the same loss in a batch of any size.
  @Test func lossesPerImageDoNotDependOnTheSplit() throws {
    let model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 2, width: 32, heads: 2), patch: 1, channels: 2, side: 3,
        classCount: 10))
    try model.randomize(seed: 2)
    try model.convert(to: .float64, on: .cpu)
    let losses = { (numbers: Range<Int>) in
      try FlowMatching().evaluate(
        batch(numbers, Draws(.training, seed: 5)), backbone: model, routing: nil
      ).perImage.scalars(Double.self)
    }
    let whole = try losses(0..<6)
    let split = try losses(0..<1) + losses(1..<4) + losses(4..<6)
    for (one, other) in zip(whole, split) { #expect(abs(one - other) <= 1e-12 * one) }
    #expect(Set(whole).count == 6)
  }

  @Test func trainingStepsLeaveNoTensorBehind() throws {
    let model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 2, width: 16, heads: 2), patch: 1, channels: 2, side: 3,
        classCount: 10))
    try model.initialize(seed: 2)
    let optimizer = try AdamW(model.namedParameters, .init())
    let average = try ExponentialMovingAverage(model.namedParameters)
    var counts: [Int] = []
    for step in 0..<60 {
      counts.append(Tensor.liveCountOfThread)
      optimizer.clearGradients()
      try FlowMatching().evaluate(
        batch(4 * step..<4 * step + 4, Draws(.training, seed: 1), dtype: .float32), backbone: model,
        routing: nil
      ).total.backward()
      _ = try clipGradients(of: model.namedParameters, to: 1)
      try optimizer.step(learningRate: 1e-3)
      try average.update(decay: 0.9)
    }
    withExtendedLifetime((model, optimizer, average)) {
      #expect(Tensor.liveCountOfThread == counts[0])
    }
    #expect(Set(counts).count == 1)
  }

  @Test func routesAreAskedForPerImage() throws {
    final class Routing: TokenRouting, @unchecked Sendable {
      final class Nothing: TokenRoute {
        func enter(block index: Int, _ sequence: TokenSequence) -> TokenSequence { sequence }
        func leave(block index: Int, _ sequence: TokenSequence) -> TokenSequence { sequence }
        func choosing(_ rows: RowSet) -> any TokenRoute { self }
      }
      var numbers: [[UInt64]] = []
      var tokens: [Int] = []
      func route(streams: [RandomStream], batch: RandomStream, tokens: Int) -> any TokenRoute {
        numbers.append(
          streams.map { stream in
            var stream = stream
            return stream.next()
          })
        self.tokens.append(tokens)
        return Nothing()
      }
      func tokenCount(inBlock index: Int, of tokens: Int) -> Int { tokens }
    }
    let routing = Routing()
    for range in [0..<4, 2..<3] {
      _ = try FlowMatching().evaluate(
        batch(range, Draws(.training, seed: 1)), backbone: backbone(), routing: routing)
    }
    #expect(routing.tokens == [1, 1])
    #expect(Set(routing.numbers[0]).count == 4)
    #expect(routing.numbers[1] == [routing.numbers[0][2]])
  }
}
