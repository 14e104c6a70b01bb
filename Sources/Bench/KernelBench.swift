import Diagnostics
import DiffusionMath
import Models
import Recipes
import Telemetry
import Tensors
import Training

/// Times the operations of a transformer block, with our kernels and with libtorch.
public struct KernelBench {
  /// The preset whose shapes are used.
  public var preset: BenchPreset
  /// Changes to the preset.
  public var settings: [String] = []
  /// Whether libtorch's operations are timed as well, in interleaved turns.
  public var isCompared = true
  /// The number of threads.
  public var threads = Runtime.threadCount
  /// The lengths and numbers of turns.
  public var run = InterleavedRun()

  /// Creates the benchmark for a preset's shapes.
  public init(_ preset: BenchPreset) { self.preset = preset }

  /// Times each operation, including its gradients.
  public func measure(
    environment: EnvironmentRecord, onEvent: (InterleavedRun.Event) -> Void = { _ in }
  ) throws -> KernelBenchRecord {
    Runtime.threadCount = threads
    let engines: [Engine] =
      (Runtime.hasFusedEngine ? [.fused] : [])
      + (isCompared || !Runtime.hasFusedEngine ? [.reference] : [])
    let before = Runtime.engine
    defer { Runtime.engine = before }
    var peaks: [ProcessorPeak] = []
    let shape = try BlockShape(preset.settings + settings)
    let kernels = try shape.kernels.map { kernel in
      let contenders = engines.map {
        KernelContender("\(kernel.name), \($0 == .fused ? "ours" : "libtorch")", $0, kernel.work)
      }
      let timings = try run.measure(
        contenders, betweenRounds: { _ in peaks.append(.measure(seconds: 0.05)) }, onEvent: onEvent)
      return try KernelTiming(kernel: kernel.name, flops: kernel.flops, timings)
    }
    return try KernelBenchRecord(
      self, kernels, peak: .highest(of: peaks), environment: environment)
  }
}

/// One operation computed by one engine, in this process.
private final class KernelContender: Contender {
  let name: String
  private let engine: Engine
  private let work: () throws -> Void

  init(_ name: String, _ engine: Engine, _ work: @escaping () throws -> Void) {
    (self.name, self.engine, self.work) = (name, engine, work)
  }

  func measure(_ count: Int) throws -> [Double] {
    Runtime.engine = engine
    let clock = ContinuousClock()
    return try (0..<count).map { _ in try clock.measure { try work() } / .seconds(1) }
  }

  // Both engines share a process, so its memory says nothing about either.
  var peakMemoryBytes: Int? { nil }
  func forgetPeakMemory() {}
}

/// The sizes of a block's operations.
private struct BlockShape {
  let images, tokens, width, heads: Int

  init(_ settings: [String]) throws {
    let step = try RepeatedStep(RecipeLayers(assignments: settings).resolved())
    guard let model = try step.configuration as? SiTConfiguration else {
      throw PeregrineError(
        .usage, doing: "timing a block's kernels", found: "a network that is no SiT",
        expected: "a preset such as `SiT-S/2`")
    }
    images = step.images
    tokens = model.shape.patchCount
    (width, heads) = (model.size.width, model.size.heads)
  }

  /// Each operation forward and backward; FLOPs are counted as three times those of the forward
  /// pass.
  var kernels: [(name: String, flops: Double, work: () throws -> Void)] {
    get throws {
      let rows = Double(images * tokens)
      let product = 2 * 3 * rows * Double(width)
      let x = try random([images, tokens, width], "x").to(.bfloat16)
      let residual = try random([images, tokens, width], "residual")
      let wide = try random([images, tokens, 4 * width], "wide").to(.bfloat16)
      let projection = try random([images, tokens, 3 * width], "projection").to(.bfloat16)
      let (shift, scale) = (
        try random([images, 1, width], "shift"), try random([images, 1, width], "scale")
      )
      let weights = try [3, 4, 1].map { factor in
        (
          try random([factor * width, width], "weight \(factor)", scale: 0.05),
          try random([factor * width], "bias \(factor)")
        )
      }
      let down = (try random([width, 4 * width], "down", scale: 0.02), try random([width], "bias"))
      return [
        (
          "joint projection", 3 * product * Double(width),
          try repeated([x, weights[0].0, weights[0].1]) { try $0[0].linear($0[1], $0[2]) }
        ),
        (
          "attention", 2 * product * Double(2 * tokens),
          try repeated([projection]) { try $0[0].jointAttention(heads: heads).output }
        ),
        (
          "linear with GELU", 4 * product * Double(width),
          try repeated([x, weights[1].0, weights[1].1]) { try $0[0].linearGELU($0[1], $0[2]) }
        ),
        (
          "second linear of the MLP", 4 * product * Double(width),
          try repeated([wide, down.0, down.1]) { try $0[0].linear($0[1], $0[2]) }
        ),
        (
          "modulated norm", 0,
          try repeated([residual, shift, scale]) {
            try $0[0].modulatedNorm(.layer, shift: $0[1], scale: $0[2], epsilon: 1e-6)
          }
        ),
        (
          "gated residual", 0,
          try repeated([residual, x, scale]) { try $0[0].adding($0[1], gatedBy: $0[2]) }
        ),
      ]
    }
  }

  /// An operation and its gradients with respect to all inputs.
  private func repeated(_ inputs: [Tensor], _ body: @escaping ([Tensor]) throws -> Tensor) throws
    -> () throws -> Void
  {
    for input in inputs { try input.setRequiresGradient() }
    let result = try withComputation(in: .bfloat16, on: .cpu) { try body(inputs) }
    let gradient = try random(result.shape, "gradient").to(result.dtype)
    return {
      let result = try withComputation(in: .bfloat16, on: .cpu) { try body(inputs) }
      try result.backward(from: gradient)
      for input in inputs { input.clearGradient() }
    }
  }

  private func random(_ shape: [Int], _ purpose: String, scale: Float = 1) throws -> Tensor {
    var stream = RandomStream(seed: 1, purpose: "bench/\(purpose)")
    return try Tensor(
      stream.normals(shape.reduce(1, *)).map { $0 * scale }, shape: shape)
  }
}
