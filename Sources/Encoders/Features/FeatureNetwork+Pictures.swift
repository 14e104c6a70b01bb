import Diagnostics
import Dispatch
import Pictures
import Tensors

extension FeatureNetwork {
  /// The wanted outputs of any number of pictures, one row per picture in their order, on the CPU or a
  /// GPU.
  ///
  /// Pictures go through in small batches. On a CPU each thread works on a batch of its own, which
  /// waits less than all threads on one; a picture's features do not depend on its neighbours by more
  /// than rounding.
  /// - Parameters:
  ///   - device: where the network's weights are.
  ///   - batch: the pictures of one pass; 16 maps fit the caches of most processors.
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

/// The results of `body` for every index, in order; on a CPU as many at once as it has threads, each on
/// one of them.
private func sideBySide<Result>(
  _ count: Int, on device: Device, _ body: (Int) throws -> Result
) throws -> [Result] {
  let threads = Runtime.threadCount
  guard device == .cpu, threads > 1, count > 1 else { return try (0..<count).map(body) }
  var outcomes = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
  outcomes.withUnsafeMutableBufferPointer { outcomes in
    // Each iteration has a place in the list to itself, and networks are only read.
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
