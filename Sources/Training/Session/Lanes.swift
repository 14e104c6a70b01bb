import Dispatch
import Models
import Nets
import Tensors

/// Runs the micro-batches of a step in parallel, each on a share of the processor's threads.
///
/// If all threads work on one small tensor, they spend most of their time waiting; with one thread
/// per micro-batch they do not. Each lane has a model that shares the first model's weights and has
/// its own gradients. Gradients are added in the order of the micro-batches, so the sum does not
/// depend on which lane finishes first.
struct Lanes {
  private let models: [any Backbone]
  private let threads: Int

  /// Creates up to `count` lanes, at most one per CPU thread; on other devices a single lane.
  init(_ model: any Backbone, count: Int, on device: Device, make: () throws -> any Backbone) throws
  {
    threads = Runtime.threadCount
    let lanes = device == .cpu ? max(1, min(count, threads)) : 1
    models =
      try [model]
      + (1..<max(lanes, 1)).map { _ in
        let copy = try make()
        try copy.shareParameters(of: model)
        return copy
      }
  }

  /// Runs `body` for every micro-batch and adds all gradients to those of the first model.
  ///
  /// - Parameter body: computes a micro-batch with the given model, including the backward pass.
  func run<Result>(_ count: Int, _ body: (Int, any Backbone) throws -> Result) throws -> [Result] {
    var results: [Result] = []
    for start in stride(from: 0, to: count, by: models.count) {
      results += try round(start..<min(start + models.count, count), body)
    }
    return results
  }

  /// Runs up to one micro-batch per lane.
  private func round<Result>(
    _ items: Range<Int>, _ body: (Int, any Backbone) throws -> Result
  ) throws -> [Result] {
    guard items.count > 1 else { return try items.map { try body($0, models[0]) } }
    var outcomes = [Swift.Result<Result, any Error>?](repeating: nil, count: items.count)
    let share = max(1, threads / models.count)
    outcomes.withUnsafeMutableBufferPointer { outcomes in
      // Each iteration uses its own model and its own place in the list.
      nonisolated(unsafe) let places = outcomes
      nonisolated(unsafe) let body = body
      nonisolated(unsafe) let models = models
      DispatchQueue.concurrentPerform(iterations: items.count) { lane in
        Runtime.threadCount = share
        places[lane] = Swift.Result { try body(items.lowerBound + lane, models[lane]) }
      }
    }
    Runtime.threadCount = threads
    let results = try outcomes.compactMap { try $0?.get() }
    for model in models[1..<items.count] { try moveGradients(of: model) }
    return results
  }

  private func moveGradients(of model: any Backbone) throws {
    let pairs = zip(models[0].namedParameters, model.namedParameters)
      .map { (target: $0.parameter.value, source: $1.parameter.value) }
    var (sources, targets): ([Tensor], [Tensor]) = ([], [])
    for pair in pairs {
      guard let source = try pair.source.gradient() else { continue }
      if let target = try pair.target.gradient() {
        sources.append(source)
        targets.append(target)
      } else {
        // The first model did not use this parameter in this step.
        try pair.target.setGradient(source)
      }
    }
    try ParameterLists.add(sources, into: targets)
    for pair in pairs { pair.source.clearGradient() }
  }
}
