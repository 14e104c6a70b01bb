import Diagnostics
import DiffusionMath
import Nets
import Samples
import Tensors
import TestSupport
import Testing

@testable import Models

@Suite struct MagnitudePreservingTests {
  private static let tiny = MagnitudePreservingSiTConfiguration(
    size: TransformerSize(depth: 3, width: 32, heads: 4), patch: 2, channels: 3, side: 8,
    classCount: 5)

  private func normal(_ shape: [Int], _ purpose: String = "input") throws -> Tensor {
    var stream = RandomStream(seed: 9, purpose: purpose)
    return try Tensor(stream.normals(shape.reduce(1, *)), shape: shape)
  }

  private func magnitude(_ x: Tensor) throws -> Double {
    try x.detached().to(.float64).squared().mean().item().squareRoot()
  }

  // MARK: Layers

  /// Magnitude 1 in, magnitude 1 out, whatever the size of the stored weights.
  @Test(arguments: [1.0, 0.01, 70.0]) func aLayerKeepsTheMagnitude(scale: Double) throws {
    let layer = try MagnitudePreservingLinear(300, 200)
    try layer.initialize(seed: 2)
    let weight = layer.namedParameters[0].parameter.value
    try weight.copy(from: weight.detached() * scale)
    let output = try layer(normal([100, 300]))
    #expect(abs(try magnitude(output) - 1) < 0.02)
  }

  @Test func operationsKeepTheMagnitude() throws {
    let (a, b) = (try normal([400, 300], "a"), try normal([400, 300], "b"))
    #expect(abs(try magnitude(a.magnitudePreservingSiLU()) - 1) < 0.01)
    for share in [0.1, 0.3, 0.5, 1] {
      #expect(abs(try magnitude(a.magnitudePreservingSum(b, share: share)) - 1) < 0.01)
    }
    let rows = try (a * 7).unitMagnitude().squared().mean([1]).scalars(Double.self)
    #expect(rows.allSatisfy { abs($0 - 1) < 1e-5 })
    #expect(
      try a.magnitudePreservingSum(b, share: 0).bytes() == a.bytes())
  }

  @Test func embeddingsHaveMagnitudeOne() throws {
    let time = try FourierEmbedding(width: 500)
    try time.initialize(seed: 3)
    let times = try Tensor((0..<50).map { Float($0) / 49 }, shape: [50])
    #expect(abs(try magnitude(time.features(times)) - 1) < 0.03)
    #expect(abs(try magnitude(time(times)) - 1) < 0.08)
    let label = try ClassEmbedding(entries: 11, width: 500)
    try label.initialize(seed: 3)
    let labels = try Tensor((0..<11).map(Int64.init), shape: [11])
    #expect(abs(try magnitude(label(labels)) - 1) < 0.02)
    // A column of one-hot times weights.
    let weight = try label.namedParameters[0].parameter.value.detached()
    let oneHot = try Tensor((0..<11).map { $0 == 4 ? Float(11).squareRoot() : 0 }, shape: [1, 11])
    let row = try oneHot.linear(MagnitudePreservingLinear.unitRows(weight), nil)
    let found = try label(Tensor([Int64(4)], shape: [1]))
    #expect(try (found - row).magnitude().max().item() < 1e-6)
  }

  @Test func gradientsGoThroughTheNormalisation() throws {
    let worst = try gradientDeviation([
      .example([4, 5], phase: 0.3), .example([3, 5], phase: 0.7),
    ]) { inputs in
      try inputs[0].linear(MagnitudePreservingLinear.unitRows(inputs[1]), nil)
        .magnitudePreservingSiLU().magnitudePreservingSum(inputs[0].sliced(1, 0..<3), share: 0.3)
        .unitMagnitude()
    }
    print("magnitude-preserving layer: relative gradient deviation \(worst)")
    #expect(worst < 1e-8)
  }

  /// The gradient is orthogonal to the row, so that a step turns it.
  @Test func rowsAreTurnedAndNotGrown() throws {
    let layer = try MagnitudePreservingLinear(6, 4)
    try layer.initialize(seed: 1)
    try layer.convert(to: .float64, on: .cpu)
    let weight = layer.namedParameters[0].parameter.value
    try layer(normal([5, 6]).to(.float64)).squared().sum().backward()
    let gradient = try #require(try weight.gradient())
    let products = try (gradient * weight.detached()).sum([1]).scalars(Double.self)
    let size = try gradient.magnitude().max().item()
    #expect(size > 0.01)
    #expect(products.allSatisfy { abs($0) < 1e-6 * size }, "\(products)")
  }

  @Test func constrainingKeepsTheFunction() throws {
    let layer = try MagnitudePreservingLinear(6, 4)
    try layer.randomize(seed: 1)
    let weight = layer.namedParameters[0].parameter.value
    let x = try normal([5, 6])
    let before = try layer(x)
    try layer.constrainParameters()
    #expect(try (layer(x) - before).magnitude().max().item() < 1e-6)
    let rows = try weight.detached().squared().mean([1]).scalars(Double.self)
    #expect(rows.allSatisfy { abs($0 - 1) < 1e-5 })
    #expect(weight.requiresGradient)
  }

  // MARK: The model

  private func model(gains: Double, dtype: DType = .float32) throws -> MagnitudePreservingSiT {
    let model = try MagnitudePreservingSiT(Self.tiny)
    try model.initialize(seed: 4)
    for entry in model.namedParameters where entry.name.hasSuffix("gain") {
      try entry.parameter.value.copy(from: .full(gains, shape: []))
    }
    try model.convert(to: dtype, on: .cpu)
    return model
  }

  @Test func aFreshModelAnswersZeroAndHasNoBias() throws {
    let model = try MagnitudePreservingSiT(Self.tiny)
    try model.initialize(seed: 1)
    let input = try ModelInput(rows: 2, of: model)
    let output = try model(input.state, time: input.time, conditions: input.conditions)
    #expect(output.shape == [2, 3, 8, 8])
    #expect(try output.magnitude().max().item() == 0)
    for entry in model.trainableParameters {
      let value = entry.parameter.value
      #expect(value.shape.count == (entry.name.hasSuffix("gain") ? 0 : 2), "\(entry.name)")
      guard value.shape.count == 2 else { continue }
      let rows = try value.detached().squared().mean([1]).scalars(Double.self)
      #expect(rows.allSatisfy { abs($0 - 1) < 1e-5 }, "\(entry.name)")
    }
  }

  /// Attention averages values that are nearly independent, and SiLU's outputs have a mean: blocks keep
  /// the magnitude only roughly.
  @Test func activationsKeepTheirMagnitude() throws {
    let model = try MagnitudePreservingSiT(
      MagnitudePreservingSiTConfiguration(
        size: TransformerSize(depth: 6, width: 128, heads: 4), patch: 1, channels: 8, side: 8,
        classCount: 5
      ))
    try model.initialize(seed: 4)
    let recorder = Recorder()
    _ = try model(
      normal([8, 8, 8, 8]), time: Tensor((0..<8).map { Float($0) / 7 }, shape: [8]),
      conditions: Conditions(labels: Tensor((0..<8).map { Int64($0 % 5) }, shape: [8])),
      context: ForwardContext(policy: recorder))
    var found: [String] = []
    for block in 0..<6 {
      for site in [ComputationSite.block(block), .mlp(block)] {
        let size = try magnitude(#require(recorder.outputs[site]))
        found.append("\(site) \(size)")
        #expect((0.85...1.15).contains(size), "\(site): \(size)")
      }
    }
    print("magnitudes at first: \(found.joined(separator: ", "))")
  }

  /// Central differences of some elements of every parameter, through the whole model.
  @Test func gradientsOfTheModelAreThoseOfItsFunction() throws {
    let model = try model(gains: 0.7, dtype: .float64)
    let input = try ModelInput(rows: 2, of: model, dtype: .float64)
    let weights = try PlainArray.example([2, 3, 8, 8], phase: 0.2).tensor()
    func loss() throws -> Tensor {
      try (model(input.state, time: input.time, conditions: input.conditions) * weights).sum()
    }
    try loss().backward()
    var (worst, largest) = (0.0, 0.0)
    for entry in model.trainableParameters {
      let value = entry.parameter.value
      let gradient = try #require(try value.gradient(), "\(entry.name)").scalars(Double.self)
      let numbers = try value.scalars(Double.self)
      for element in [0, numbers.count / 2] {
        let moved = try [1e-5, -1e-5].map { offset in
          var changed = numbers
          changed[element] += offset
          try value.copy(from: Tensor(changed, shape: value.shape, dtype: .float64))
          return try withoutGradients { try loss().item() }
        }
        try value.copy(from: Tensor(numbers, shape: value.shape, dtype: .float64))
        let numeric = (moved[0] - moved[1]) / 2e-5
        worst = max(worst, abs(numeric - gradient[element]))
        largest = max(largest, abs(numeric))
      }
    }
    print("magnitude-preserving model: gradient deviation \(worst) of \(largest)")
    #expect(worst < 1e-7 * largest)
  }

  /// Time, label and place all change the answer; rows do not mix; policies change no bit.
  @Test func rowsAreIndependentAndPoliciesAreFree() throws {
    let model = try model(gains: 0.7, dtype: .float64)
    let input = try ModelInput(rows: 3, of: model, dtype: .float64)
    let whole = try model(input.state, time: input.time, conditions: input.conditions)
    let recorder = Recorder()
    let watched = try model(
      input.state, time: input.time, conditions: input.conditions,
      context: ForwardContext(policy: recorder))
    #expect(try watched.bytes() == whole.bytes())
    let row = 1..<2
    let alone = try PlainArray(
      model(
        input.state.sliced(0, row), time: input.time.sliced(0, row),
        conditions: Conditions(labels: input.labels.sliced(0, row))))
    let batch = try PlainArray(whole)
    #expect(PlainArray([1, 3, 8, 8]) { batch[[1] + $0.dropFirst()] }.distance(to: alone) < 1e-12)
    let later = try model(input.state, time: input.time * 0.5, conditions: input.conditions)
    let null = try Tensor([Int64](repeating: 5, count: 3), shape: [3])
    let unlabelled = try model(input.state, time: input.time, conditions: Conditions(labels: null))
    for other in [later, unlabelled] {
      #expect(try (other - whole).magnitude().max().item() > 1e-3)
    }
  }

  @Test func presetsAreReadAndOptionsItLacksAreRefused() throws {
    let configuration = try Backbones.configuration(
      preset: "MP-SiT-XS/1", item: .grid(channels: 32, sides: [8, 8]),
      conditions: ConditionShape(classes: 10))
    #expect(configuration.keepsWeightMagnitudes)
    #expect(configuration.depth == 8)
    #expect(try configuration.makeBackbone() is MagnitudePreservingSiT)
    var options = BackboneOptions.plain
    options.isRotary = true
    let error = #expect(throws: PeregrineError.self) {
      try Backbones.configuration(
        preset: "MP-SiT-XS/1", item: .grid(channels: 32, sides: [8, 8]),
        conditions: ConditionShape(classes: 10), options: options)
    }
    #expect(error?.found.contains("model.rotary") == true)
    let plain = try Backbones.configuration(
      preset: "SiT-XS/1", item: .grid(channels: 32, sides: [8, 8]),
      conditions: ConditionShape(classes: 10))
    #expect(!plain.keepsWeightMagnitudes)
    let shape = #expect(throws: PeregrineError.self) {
      try MagnitudePreservingSiT(
        MagnitudePreservingSiTConfiguration(
          size: TransformerSize(depth: 1, width: 32, heads: 5), patch: 2, channels: 3, side: 8,
          classCount: 5))
    }
    #expect(shape?.code == .usage)
  }
}
