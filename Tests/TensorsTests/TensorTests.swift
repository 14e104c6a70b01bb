import Diagnostics
import DiffusionMath
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct TensorTests {
  @Test func factoriesMakeWhatTheySay() throws {
    let x = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(x.shape == [2, 3] && x.dtype == .float32 && x.device == .cpu && x.count == 6)
    #expect(x.description == "[2, 3] float32 on cpu")
    #expect(try Tensor.zeros([2, 2]).scalars(Float.self) == [0, 0, 0, 0])
    #expect(try Tensor.ones([3], dtype: .int64).scalars(Int64.self) == [1, 1, 1])
    #expect(try Tensor.full(0.5, shape: [], dtype: .float64).item() == 0.5)
    #expect(try Tensor.range(4).scalars(Int64.self) == [0, 1, 2, 3])
    #expect(try Tensor([Float](), shape: [0, 4]).scalars(Float.self) == [])
  }

  @Test func hostCopiesAreCopies() throws {
    var host: [Float] = [1, 2, 3]
    let x = try Tensor(host, shape: [3])
    host[0] = 9
    let before = try x.scalars(Float.self)
    #expect(before == [1, 2, 3])
    try x.copy(from: Tensor([7, 8, 9], shape: [3]))
    #expect(before == [1, 2, 3])
    #expect(try x.scalars(Float.self) == [7, 8, 9])
  }

  @Test func viewsAreReadInTheirOwnOrder() throws {
    let x = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]).permuted([1, 0])
    #expect(try x.scalars(Float.self) == [1, 4, 2, 5, 3, 6])
    let bytes = try x.bytes()
    #expect(bytes == [Float(1), 4, 2, 5, 3, 6].withUnsafeBytes { Array($0) })
  }

  @Test func copyingConvertsAndKeepsTheTarget() throws {
    let x = try Tensor.zeros([2], dtype: .float64)
    try x.copy(from: Tensor([Int64(3), -4], shape: [2]))
    #expect(x.dtype == .float64)
    #expect(try x.scalars(Double.self) == [3, -4])
  }

  @Test func convertingToTheSameIsNothing() throws {
    let x = try Tensor.zeros([2])
    #expect(try x.to(.float32, on: .cpu) === x)
    #expect(try x.to(.float64) !== x)
  }

  /// Row `i` is the noise of picture `i`, whatever else is in the batch.
  @Test func randomRowsDoNotDependOnTheBatch() throws {
    let streams = { (indices: Range<UInt64>) in
      indices.map { RandomStream(seed: 3, purpose: "test", index: $0) }
    }
    let batch = try Tensor.normal(streams(0..<64), rowShape: [3, 5])
    #expect(batch.shape == [64, 3, 5])
    let three = try Tensor.normal(streams(40..<43), rowShape: [3, 5])
    let one = try Tensor.normal(streams(41..<42), rowShape: [3, 5])
    #expect(try three.bytes() == batch.sliced(0, 40..<43).bytes())
    #expect(try one.bytes() == batch.sliced(0, 41..<42).bytes())
    let values = try batch.scalars(Double.self)
    #expect(abs(values.reduce(0, +) / 960) < 0.1)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 960 - 1) < 0.15)
  }

  @Test func aThousandTrainingStepsLeaveNoTensorBehind() throws {
    let weights = try [[8, 4], [8], [1, 8]].map { try PlainArray.example($0).tensor(.float32) }
    for weight in weights { try weight.setRequiresGradient() }
    let moments = try (0..<2).map { _ in try weights.map { try Tensor.zeros($0.shape) } }
    let steps = try weights.map { _ in try Tensor.zeros([]) }
    let input = try PlainArray.example([16, 4]).tensor(.float32)
    let before = Tensor.liveCountOfThread
    var losses: [Double] = []
    for step in 0..<1_000 {
      let hidden = try input.linear(weights[0], weights[1]).gelu(approximate: true)
      let loss = try (hidden.matmul(weights[2].permuted([1, 0])) - 1).squared().mean()
      try loss.backward()
      try ParameterLists.adamW(
        parameters: weights, gradients: weights.compactMap { try $0.gradient() },
        firstMoments: moments[0], secondMoments: moments[1], steps: steps, learningRate: 1e-3,
        beta1: 0.9, beta2: 0.999, weightDecay: 0, epsilon: 1e-8)
      for weight in weights { weight.clearGradient() }
      if step % 999 == 0 { losses.append(try loss.item()) }
    }
    withExtendedLifetime((weights, moments, steps, input)) {
      #expect(Tensor.liveCountOfThread == before)
    }
    #expect(losses[1] < 0.1 * losses[0], "it trains: \(losses)")
  }

  @Test func failuresLeaveNoTensorBehind() throws {
    let x = try Tensor.zeros([2, 3])
    let before = Tensor.liveCountOfThread
    for _ in 0..<100 { #expect(throws: PeregrineError.self) { try x.reshaped([4]) } }
    try withExtendedLifetime(x.clone()) { #expect(Tensor.liveCountOfThread == before + 1) }
    withExtendedLifetime(x) { #expect(Tensor.liveCountOfThread == before) }
  }

  @Test func theRuntimeKnowsItself() {
    #expect(Runtime.libtorchVersion.hasPrefix("2."))
    #expect(!Runtime.cpuCapability.isEmpty)
    let before = Runtime.threadCount
    defer { Runtime.threadCount = before }
    #expect(before >= 1)
    for count in [1_000, 1 << 40, 0, -5] {
      Runtime.threadCount = count
      #expect((1...ProcessInfo.processInfo.activeProcessorCount).contains(Runtime.threadCount))
    }
  }
}
