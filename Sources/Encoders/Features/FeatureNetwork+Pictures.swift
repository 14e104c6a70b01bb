import Diagnostics
import Dispatch
import Pictures
import Tensors

extension FeatureNetwork {
  /// The requested outputs of any number of pictures, one row per picture in their order, computed
  /// on the CPU or a GPU.
  ///
  /// Pictures are processed in small batches. On a CPU each thread processes its own batch, which
  /// wastes less time waiting than all threads on one batch. Up to rounding, a picture's features
  /// do not depend on the other pictures of its batch.
  /// - Parameters:
  ///   - device: where the network's weights are.
  ///   - batch: the number of pictures per pass; the feature maps of 16 fit into the caches of most
  ///     processors.
  /// - Throws: ``PeregrineError`` `.usage` for no pictures or an output the network does not have,
  ///   `.badData` for pictures of two sizes.
  public func callAsFunction(
    _ pictures: [Picture], _ wanted: Set<FeatureOutput>, device: Device = .cpu, batch: Int = 16
  ) throws -> [FeatureOutput: Tensor] {
    try input.requireOneSize(pictures)
    let size = max(batch, 1)
    let starts = Array(stride(from: 0, to: pictures.count, by: size))
    let parts = try sideBySide(starts.count, on: device) { index in
      let end = min(starts[index] + size, pictures.count)
      return try self(input(Array(pictures[starts[index]..<end]), device: device), wanted)
    }
    var results: [FeatureOutput: Tensor] = [:]
    for output in wanted {
      results[output] = try .concatenated(parts.compactMap { $0[output] }, dim: 0)
    }
    return results
  }
}

/// The results of `body` for every index, in order. On a CPU, as many run in parallel as there are
/// threads, each on one thread.
private func sideBySide<Result>(
  _ count: Int, on device: Device, _ body: (Int) throws -> Result
) throws -> [Result] {
  let threads = Runtime.threadCount
  guard device == .cpu, threads > 1, count > 1 else { return try (0..<count).map(body) }
  var outcomes = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
  outcomes.withUnsafeMutableBufferPointer { outcomes in
    // Each iteration writes to its own position of the list, and networks are only read.
    nonisolated(unsafe) let places = outcomes
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { lane in
      let before = Runtime.threadCount
      Runtime.threadCount = 1
      defer { Runtime.threadCount = before }
      for index in stride(from: lane, to: count, by: threads) {
        places[index] = Swift.Result { try body(index) }
      }
    }
  }
  return try outcomes.compactMap { try $0?.get() }
}
