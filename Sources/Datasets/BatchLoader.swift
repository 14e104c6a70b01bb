import Diagnostics
import FileAccess
import Foundation

/// Prepares batches ahead of training, on its own threads.
///
///     let loader = BatchLoader(
///       dataset: data, order: DataOrder(count: data.summary.count, seed: 0), batchSize: 64,
///       startingAt: 0, flip: true, seed: 0, workers: 2)
///     while training { step(try loader.next()) }
///
/// Batches come in order and do not depend on `workers` or `depth`. Image `n` of the run is the
/// item given by the order, mirrored or not by its own random draw. The threads end with ``stop()``
/// or when the loader is released.
public final class BatchLoader: Sendable {
  private let queue: BatchQueue

  /// Starts loading.
  ///
  /// - Parameters:
  ///   - imagesSeen: how many images the run has seen before the first batch.
  ///   - flip: whether to mirror half of the pictures at random.
  ///   - workers: the number of threads, at least one.
  ///   - depth: how many batches may be in preparation or ready.
  public convenience init(
    dataset: any Dataset, order: DataOrder, batchSize: Int, startingAt imagesSeen: Int, flip: Bool,
    seed: UInt64, workers: Int, depth: Int = 4
  ) {
    self.init(
      dataset: dataset, order: order, batchSize: batchSize, startingAt: imagesSeen, flip: flip,
      seed: seed, workers: workers, depth: depth, start: startThread)
  }

  /// - Parameter start: starts a thread; replaced in tests.
  init(
    dataset: any Dataset, order: DataOrder, batchSize: Int, startingAt imagesSeen: Int, flip: Bool,
    seed: UInt64, workers: Int, depth: Int,
    start: (@escaping @Sendable () -> Void) throws(SystemCallFailure) -> Void
  ) {
    precondition(
      batchSize > 0 && imagesSeen >= 0 && workers > 0 && depth > 0,
      "A loader needs a batch size, workers and a depth of at least one.")
    precondition(
      order.count == dataset.summary.count,
      "The order is over \(order.count) items, the dataset has \(dataset.summary.count).")
    let assembly = BatchAssembly(dataset: dataset, flip: flip, seed: seed)
    queue = BatchQueue(
      assembly: assembly, order: order, batchSize: batchSize, startingAt: imagesSeen,
      workers: workers, depth: depth)
    for number in 0..<workers {
      do throws(SystemCallFailure) {
        try start { [queue] in queue.work() }
      } catch {
        // Batches do not depend on the number of threads: those that run do all the work.
        queue.goOn(with: number, of: workers, because: error)
        break
      }
    }
  }

  deinit { queue.stop() }

  /// The next batch; waits until it is ready.
  ///
  /// - Throws: the error of one of its items, which names the item and its file, in this and every
  ///   later call; `.interrupted` after ``stop()``.
  public func next() throws -> HostBatch { try queue.take() }

  /// Ends the threads and waits for them; a second call does nothing.
  public func stop() { queue.stop() }
}

/// The batches in preparation, shared between the workers and the consumer.
///
/// `@unchecked` because the condition protects all mutable state.
private final class BatchQueue: @unchecked Sendable {
  private let assembly: BatchAssembly
  private let order: DataOrder
  private let batchSize: Int
  private let imagesSeen: Int
  private let depth: Int

  private let condition = NSCondition()
  private var finished: [Int: Result<HostBatch, any Error>] = [:]
  private var nextToMake = 0
  private var nextToTake = 0
  private var stopped = false
  private var running: Int
  /// Why no thread could be started.
  private var failure: PeregrineError?
  private var epoch = -1
  private var permutation: [Int] = []

  init(
    assembly: BatchAssembly, order: DataOrder, batchSize: Int, startingAt imagesSeen: Int,
    workers: Int, depth: Int
  ) {
    self.assembly = assembly
    self.order = order
    self.batchSize = batchSize
    self.imagesSeen = imagesSeen
    self.depth = depth
    running = workers
  }

  func take() throws -> HostBatch {
    condition.lock()
    defer { condition.unlock() }
    while finished[nextToTake] == nil && !stopped && failure == nil { condition.wait() }
    if let failure { throw failure }
    guard !stopped, let result = finished[nextToTake] else {
      throw PeregrineError(
        .interrupted, doing: "loading a batch of `\(assembly.dataset.summary.name)`",
        found: "a loader that was stopped")
    }
    let batch = try result.get()
    finished[nextToTake] = nil
    nextToTake += 1
    condition.broadcast()
    return batch
  }

  /// Notes that only `started` threads could be started.
  func goOn(with started: Int, of workers: Int, because reason: SystemCallFailure) {
    condition.lock()
    defer { condition.unlock() }
    running -= workers - started
    guard started == 0 else { return }
    failure = PeregrineError(
      .outOfMemory, doing: "loading batches of `\(assembly.dataset.summary.name)`",
      found: "that no thread can be started (\(reason))",
      expected: "room for one more thread, which takes a few megabytes",
      advice: "Raise the limits on memory (`ulimit -v`) and processes (`ulimit -u`), or end other "
        + "programs.")
  }

  func stop() {
    condition.lock()
    defer { condition.unlock() }
    stopped = true
    condition.broadcast()
    while running > 0 { condition.wait() }
  }

  /// The loop of each worker thread.
  func work() {
    while let (batch, indices) = claim() {
      let result = Result {
        try assembly.batch(
          firstImage: imagesSeen + batch * batchSize, indices: indices, isStopped: { isStopped })
      }
      condition.lock()
      finished[batch] = result
      condition.broadcast()
      condition.unlock()
    }
    condition.lock()
    running -= 1
    condition.broadcast()
    condition.unlock()
  }

  private var isStopped: Bool {
    condition.lock()
    defer { condition.unlock() }
    return stopped
  }

  /// The number and items of the next batch to prepare, or `nil` at the end.
  private func claim() -> (batch: Int, indices: [Int])? {
    condition.lock()
    defer { condition.unlock() }
    while nextToMake >= nextToTake + depth && !stopped { condition.wait() }
    guard !stopped else { return nil }
    let batch = nextToMake
    nextToMake += 1
    let firstImage = imagesSeen + batch * batchSize
    let indices = (firstImage..<(firstImage + batchSize)).map { image in
      if image / order.count != epoch {
        epoch = image / order.count
        permutation = order.permutation(ofEpoch: epoch)
      }
      return permutation[image % order.count]
    }
    return (batch, indices)
  }
}
