import Diagnostics
import Tensors
import TestSupport
import Testing

/// The fused scan against its reference, which goes token by token in operations of libtorch.
@Suite struct SelectiveScanTests {
  /// Sizes around the sixteen channels of a vector and the 128 of a task.
  struct Sizes: CustomTestStringConvertible, Sendable {
    let batch, tokens, channels, states: Int
    var testDescription: String { "[\(batch), \(tokens), \(channels)] with \(states) states" }
    /// x, then the operands: step sizes 0.02 … 0.72, rates −1.2 … 0.
    var inputs: [PlainArray] {
      let shapes = [
        [batch, tokens, channels], [batch, tokens, channels], [channels, states],
        [batch, tokens, states], [batch, tokens, states], [channels],
      ]
      return shapes.enumerated().map { position, shape in
        let plain = PlainArray.example(shape, phase: 0.17 * Double(position))
        switch position {
        case 1: return PlainArray(plain.values.map { 0.37 + 0.175 * $0 }, shape)
        case 2: return PlainArray(plain.values.map { 0.3 * $0 - 0.6 }, shape)
        default: return plain
        }
      }
    }
  }

  static let sizes = [
    (1, 1, 1, 1), (2, 2, 15, 3), (2, 9, 16, 16), (1, 7, 17, 5), (3, 5, 40, 4), (2, 6, 150, 2),
  ].map { Sizes(batch: $0, tokens: $1, channels: $2, states: $3) }

  private func operands(_ inputs: [Tensor]) -> SelectiveScanOperands {
    SelectiveScanOperands(
      stepSizes: inputs[1], rates: inputs[2], inputWeights: inputs[3], outputWeights: inputs[4],
      skip: inputs[5])
  }

  private func fused(_ inputs: [Tensor], reversed: Bool = false) throws -> Tensor {
    try inputs[0].selectiveScan(operands(inputs), reversed: reversed)
  }

  private func reference(_ inputs: [Tensor], reversed: Bool = false) throws -> Tensor {
    try inputs[0].selectiveScanTokenByToken(operands(inputs), reversed: reversed)
  }

  /// The output and the gradients of all inputs.
  private func results(
    _ inputs: [PlainArray], _ dtype: DType, _ scan: ([Tensor]) throws -> Tensor
  ) throws -> [Tensor] {
    let leaves = try inputs.map { try $0.tensor(dtype) }
    for leaf in leaves { try leaf.setRequiresGradient() }
    let output = try scan(leaves)
    try (output * PlainArray.example(output.shape, phase: 0.4).tensor(dtype)).sum().backward()
    return try [output.detached()] + leaves.map { try #require(try $0.gradient()) }
  }

  /// The largest deviation of any result, relative to that result's largest value.
  private func deviation(_ found: [Tensor], _ expected: [Tensor]) throws -> Double {
    try zip(found, expected).map { found, expected in
      let plain = try PlainArray(expected)
      let scale = plain.values.map(abs).max() ?? 0
      let distance = try PlainArray(found).distance(to: plain)
      return distance == 0 ? 0 : distance / scale
    }.max() ?? .infinity
  }

  @Test(arguments: sizes, [false, true])
  func outputAndGradientsAreTheReferences(_ sizes: Sizes, reversed: Bool) throws {
    let exact = try results(sizes.inputs, .float64) { try reference($0, reversed: reversed) }
    let double = try results(sizes.inputs, .float64) { try fused($0, reversed: reversed) }
    let single = try results(sizes.inputs, .float32) { try fused($0, reversed: reversed) }
    let errors = try (deviation(double, exact), deviation(single, exact))
    print("selective scan \(sizes.testDescription): \(errors.0) in float64, \(errors.1) in float32")
    #expect(errors.0 < 1e-13)
    #expect(errors.1 < 3e-6)
  }

  @Test(arguments: [false, true]) func gradientsMatchDifferences(reversed: Bool) throws {
    let sizes = Sizes(batch: 2, tokens: 4, channels: 17, states: 3)
    let deviation = try gradientDeviation(sizes.inputs) { try fused($0, reversed: reversed) }
    #expect(deviation < 1e-8, "relative to the largest")
  }

  /// The recurrence written out in plain Swift, for one channel and one state.
  @Test func oneChannelIsTheFormula() throws {
    let inputs = Sizes(batch: 1, tokens: 6, channels: 1, states: 1).inputs
    let (x, steps, rate) = (inputs[0].values, inputs[1].values, inputs[2].values[0])
    var (state, expected) = (0.0, [Double]())
    for token in x.indices {
      let decay = try Tensor([steps[token] * rate], shape: [1]).exp().item()
      state = decay * state + steps[token] * inputs[3].values[token] * x[token]
      expected.append(inputs[4].values[token] * state + inputs[5].values[0] * x[token])
    }
    for scan in [fused, reference] as [([Tensor], Bool) throws -> Tensor] {
      let found = try PlainArray(scan(inputs.map { try $0.tensor() }, false))
      #expect(found.distance(to: PlainArray(expected, [1, 6, 1])) < 1e-14)
    }
  }

  @Test func backwardsIsForwardsOverTheReversedSequence() throws {
    let inputs = try Sizes(batch: 2, tokens: 7, channels: 20, states: 4).inputs
      .map { try $0.tensor(.float32) }
    var turned = inputs
    for position in [0, 1, 3, 4] { turned[position] = try inputs[position].flipped(1) }
    let backwards = try fused(inputs, reversed: true)
    #expect(try backwards.bytes() == fused(turned).flipped(1).bytes())
    #expect(try backwards.bytes() != fused(inputs).bytes())
  }

  @Test func theNumberOfThreadsChangesNoBit() throws {
    let before = Runtime.threadCount
    defer { Runtime.threadCount = before }
    let inputs = Sizes(batch: 3, tokens: 5, channels: 300, states: 16).inputs
    let bytes = try [1, 2, 5].map { threads in
      Runtime.threadCount = threads
      return try results(inputs, .float32) { try fused($0) }.map { try $0.bytes() }
    }
    #expect(bytes[0] == bytes[1] && bytes[0] == bytes[2])
  }

  /// Views with strides are read as what they show.
  @Test func slicesAreRead() throws {
    let wide = try PlainArray.example([2, 5, 40]).tensor(.float32)
    var inputs = try Sizes(batch: 2, tokens: 5, channels: 20, states: 6).inputs
      .map { try $0.tensor(.float32) }
    inputs[0] = try wide.sliced(2, 20..<40)
    inputs[3] = try wide.sliced(2, 3..<9)
    let copied = try inputs.map { try $0.clone() }
    #expect(try fused(inputs).bytes() == fused(copied).bytes())
  }

  /// A state forgets everything after a very long step, and NaN is not hidden.
  @Test func extremeStepsAreWhatTheFormulaSays() throws {
    var inputs = Sizes(batch: 1, tokens: 3, channels: 16, states: 2).inputs
    inputs[1] = PlainArray([1, 3, 16]) { $0[1] == 1 ? 1e4 : 1e-6 }
    let exact = try PlainArray(reference(inputs.map { try $0.tensor() }))
    let found = try PlainArray(fused(inputs.map { try $0.tensor(.float32) }))
    #expect(found.distance(to: exact) < 1e-6 * (exact.values.map(abs).max() ?? 0))
    inputs[2] = PlainArray([16, 2]) { $0 == [3, 1] ? .nan : -1 }
    let broken = try fused(inputs.map { try $0.tensor(.float32) }).scalars(Float.self)
    #expect(broken.indices.filter { broken[$0].isNaN } == [3, 19, 35])
  }

  @Test func reducedPrecisionIsScannedInFloat32() throws {
    let inputs = try Sizes(batch: 2, tokens: 9, channels: 24, states: 4).inputs
      .map { try $0.tensor(.bfloat16) }
    let expected = try fused(inputs.map { try $0.to(.float32) }).to(.bfloat16)
    let found = try fused(inputs)
    #expect(found.dtype == .bfloat16)
    #expect(try found.bytes() == expected.bytes())
  }

  @Test func operandsThatDoNotFitAreRefused() throws {
    let inputs = try Sizes(batch: 2, tokens: 5, channels: 4, states: 3).inputs
      .map { try $0.tensor(.float32) }
    for position in inputs.indices {
      var wrong = inputs
      wrong[position] = try Tensor.zeros([2, 5, 7])
      let error = #expect(throws: PeregrineError.self) { try fused(wrong) }
      #expect(error?.code == .shapeMismatch)
    }
    #expect(throws: PeregrineError.self) { try reference([.zeros([2, 5])] + inputs.dropFirst()) }
  }
}
