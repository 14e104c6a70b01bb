import Dispatch
import Models
import Nets
import Tensors

/// Runs the micro-batches of a step side by side, each on its share of the processor's threads.
///
/// Small tensors leave most of a processor's time to waiting when all threads work on one of them;
/// a thread per micro-batch does not wait. Each lane has a model that shares the first one's weights
/// and has gradients of its own; these are added in the order of the micro-batches, so the sum does
/// not depend on which lane was faster.
struct Lanes {
  private let models: [any Backbone]
  private let threads: Int

  /// Lanes for `count` micro-batches at most; one lane where there is nothing to gain.
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

  /// Runs `body` for every micro-batch and adds all gradients into the first model's.
  ///
  /// - Parameter body: computes a micro-batch with the given model and runs its backward pass.
  func run<Result>(_ count: Int, _ body: (Int, any Backbone) throws -> Result) throws -> [Result] {
    var results: [Result] = []
    for start in stride(from: 0, to: count, by: models.count) {
      results += try round(start..<min(start + models.count, count), body)
    }
    return results
  }

  /// As many micro-batches as there are lanes.
  private func round<Result>(
    _ items: Range<Int>, _ body: (Int, any Backbone) throws -> Result
  ) throws -> [Result] {
    guard items.count > 1 else { return try items.map { try body($0, models[0]) } }
    var outcomes = [Swift.Result<Result, any Error>?](repeating: nil, count: items.count)
    let share = max(1, threads / models.count)
    outcomes.withUnsafeMutableBufferPointer { outcomes in
      // Each iteration has a model and a place in the list to itself.
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
        // The first model skipped what this parameter belongs to.
        try pair.target.setGradient(source)
      }
    }
    try ParameterLists.add(sources, into: targets)
    for pair in pairs { pair.source.clearGradient() }
  }
}
