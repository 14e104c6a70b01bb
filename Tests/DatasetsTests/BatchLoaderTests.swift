import Diagnostics
import DiffusionMath
import FileAccess
import Foundation
import Pictures
import Synchronization
import TestSupport
import Testing

@testable import Datasets

struct BatchLoaderTests {
  static let shapes = ShapesDataset(count: 30, seed: 2, size: 8)

  func loader(
    _ dataset: any Dataset = shapes, startingAt: Int = 0, batchSize: Int = 4, flip: Bool = true,
    workers: Int = 1, depth: Int = 4
  ) -> BatchLoader {
    BatchLoader(
      dataset: dataset, order: DataOrder(count: dataset.summary.count, seed: 7),
      batchSize: batchSize, startingAt: startingAt, flip: flip, seed: 11, workers: workers,
      depth: depth)
  }

  @Test func batchesHoldWhatTheOrderAndTheCoinSay() throws {
    let order = DataOrder(count: 30, seed: 7)
    let loader = loader(startingAt: 22)
    var flipped = 0
    for number in 0..<6 {  // crosses into the next epoch
      let batch = try loader.next()
      #expect(batch.firstImage == 22 + 4 * number && batch.itemShape == [3, 8, 8])
      for offset in 0..<4 {
        let image = batch.firstImage + offset
        var coin = RandomStream(seed: 11, purpose: "data/flip", index: UInt64(image))
        let mirrored = coin.uniform() < 0.5
        flipped += mirrored ? 1 : 0
        let item = try Self.shapes.item(at: order.index(forImage: image), mirrored: mirrored)
        #expect(batch.indices[offset] == order.index(forImage: image))
        #expect(batch.conditions[offset].label == item.condition.label)
        #expect(Array(batch.values[(192 * offset)..<(192 * (offset + 1))]) == item.values)
      }
    }
    #expect(flipped > 4 && flipped < 20)
  }

  @Test(arguments: [1, 2, 5], [1, 3])
  func workersAndDepthChangeNothing(workers: Int, depth: Int) throws {
    let reference = loader()
    let other = loader(workers: workers, depth: depth)
    for _ in 0..<12 { #expect(try reference.next() == other.next()) }
  }

  @Test func resumingGoesOnExactly() throws {
    let whole = loader(batchSize: 5)
    let batches = try (0..<8).map { _ in try whole.next() }
    let resumed = loader(startingAt: 15, batchSize: 5, workers: 2)
    for batch in batches[3...] { #expect(try resumed.next() == batch) }
  }

  @Test func withoutFlipsNothingIsMirrored() throws {
    let loader = loader(flip: false)
    let batch = try loader.next()
    let item = try Self.shapes.item(at: batch.indices[2], mirrored: false)
    #expect(Array(batch.values[384..<576]) == item.values)
  }

  @Test func aDamagedFileReachesTheConsumerByName() throws {
    let folder = try TemporaryFolder()
    let root = try pictureTree(in: folder.url, classes: 3, each: 100)
    let broken = root.appendingPathComponent("class1/0042.png")
    try Data(contentsOf: broken).prefix(120).write(to: broken)
    let dataset = try ImageFolderDataset(root: root, size: 8)
    let loader = loader(dataset, batchSize: 16, workers: 3)
    let message = expectFailure(.badData, saying: broken.path, "item 142") {
      for _ in 0..<19 { _ = try loader.next() }
    }
    // and it stays so
    #expect(expectFailure(.badData, saying: broken.path) { try loader.next() } == message)
  }

  @Test func stoppedLoadersSaySo() throws {
    let loader = loader(workers: 3)
    _ = try loader.next()
    loader.stop()
    loader.stop()
    expectFailure(.interrupted, saying: "shapes") { try loader.next() }
  }

  @Test func abandonedLoadersLetGoOfTheirDataset() throws {
    final class Witness: Sendable {}
    struct Watched: Dataset {
      let witness: Witness
      var summary: DatasetSummary { BatchLoaderTests.shapes.summary }
      var mirrors: Bool { true }
      func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
        try BatchLoaderTests.shapes.item(at: index, mirrored: mirrored)
      }
    }
    weak var witness: Witness?
    do {
      let watched = Watched(witness: Witness())
      witness = watched.witness
      _ = try loader(watched, workers: 4).next()
    }
    for _ in 0..<500 where witness != nil { Thread.sleep(forTimeInterval: 0.01) }
    #expect(witness == nil)
  }

  /// No more batches than asked for are made ahead.
  @Test func depthLimitsWhatIsPrepared() throws {
    final class Counting: Dataset {
      let read = Mutex(0)
      var summary: DatasetSummary { BatchLoaderTests.shapes.summary }
      var mirrors: Bool { true }
      func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
        read.withLock { $0 += 1 }
        return try BatchLoaderTests.shapes.item(at: index, mirrored: mirrored)
      }
    }
    let counting = Counting()
    let loader = loader(counting, batchSize: 2, workers: 3, depth: 2)
    for _ in 0..<5 { _ = try loader.next() }
    loader.stop()
    #expect(counting.read.withLock { $0 } <= (5 + 2) * 2)
  }
}

/// Makes a class-per-folder tree of small PNG files.
func pictureTree(in folder: URL, classes: Int, each count: Int) throws -> URL {
  let root = folder.appendingPathComponent("tree")
  let shapes = ShapesDataset(size: 10)
  for label in 0..<classes {
    let place = root.appendingPathComponent("class\(label)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for number in 0..<count {
      try shapes.picture(at: label * count + number)
        .write(png: place.appendingPathComponent(String(format: "%04d.png", number)))
    }
  }
  return root
}

/// Threads that cannot be started, as under a limit on memory.
struct BatchLoaderThreadsTests {
  private func loader(starting allowed: Int) -> BatchLoader {
    let started = Mutex(0)
    let data = BatchLoaderTests.shapes
    return BatchLoader(
      dataset: data, order: DataOrder(count: data.summary.count, seed: 7), batchSize: 4,
      startingAt: 0, flip: true, seed: 11, workers: 3, depth: 4
    ) { work throws(SystemCallFailure) in
      guard
        started.withLock({
          $0 += 1; return $0 <= allowed
        })
      else {
        throw SystemCallFailure(number: EAGAIN)
      }
      try startThread(work)
    }
  }

  @Test(.timeLimit(.minutes(1))) func withoutAnyThereIsAMessageInsteadOfAWait() throws {
    let loader = loader(starting: 0)
    expectFailure(.outOfMemory, saying: "no thread can be started", "ulimit") { try loader.next() }
    loader.stop()
  }

  @Test(.timeLimit(.minutes(1))) func fewerMakeTheSameBatches() throws {
    let (few, all) = (loader(starting: 1), loader(starting: 3))
    for _ in 0..<5 { #expect(try few.next().values == all.next().values) }
  }
}
