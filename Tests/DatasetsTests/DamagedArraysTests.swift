import Diagnostics
import DiffusionMath
import Foundation
import Pictures
import TestSupport
import Testing

@testable import Datasets

/// Arrays that change while they are read, numbers that are none, and posteriors.
struct DamagedArraysTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func url(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

  /// A memory-mapped file would end the process with a bus error.
  @Test func aFileCutOffWhileInUseIsAnError() throws {
    let pixels = [UInt8](repeating: 7, count: 100 * 64 * 64 * 3)
    try NPYFile.write(NPYFile.encoded(pixels, shape: [100, 64, 64, 3]), to: url("a_x.npy"))
    try NPYFile.write(
      NPYFile.encoded([Int](repeating: 0, count: 100), shape: [100]), to: url("a_y.npy"))
    let dataset = try NPYDataset(path: url("a").path)
    #expect(try dataset.picture(at: 99).pixels[0] == 7)
    #expect(truncate(url("a_x.npy").path, 200_000) == 0)
    #expect(try dataset.picture(at: 3).pixels[0] == 7)
    expectFailure(.io, saying: "a_x.npy", "200000 bytes", "Restore it") {
      try dataset.picture(at: 99)
    }
  }

  @Test func anArchiveCutOffWhileInUseIsAnError() throws {
    let pixels = Data(repeating: 7, count: 100 * 64 * 64 * 3)
    let writing = NPZFile.Writing("arr_0", shape: [100, 64, 64, 3], element: .uint8) {
      try $0(pixels)
    }
    try NPZFile.write([writing], to: url("a.npz"))
    let dataset = try NPZDataset(contentsOf: url("a.npz"))
    #expect(truncate(url("a.npz").path, 200_000) == 0)
    #expect(try dataset.picture(at: 3).pixels[0] == 7)
    expectFailure(.io, saying: "a.npz", "Restore it") { try dataset.picture(at: 99) }
  }

  /// Pictures without classes, as a run on a flat folder draws them.
  @Test func anEmptyListOfClassesMeansNone() throws {
    let pixels = [UInt8](repeating: 7, count: 2 * 8 * 8 * 3)
    try NPYFile.write(NPYFile.encoded(pixels, shape: [2, 8, 8, 3]), to: url("a_x.npy"))
    try NPYFile.write(NPYFile.encoded([0, 0], shape: [2]), to: url("a_y.npy"))
    try Data("[]".utf8).write(to: url("a_classes.json"))
    let dataset = try NPYDataset(path: url("a").path)
    #expect(dataset.summary.classNames.isEmpty && dataset.summary.conditions.classes == nil)
    #expect(try dataset.item(at: 1, mirrored: false).condition == .none)
  }

  /// Files of the EDM2 layout with these values, one a file.
  private func writeLatents(
    _ items: [[Float]], shape: [Int], in place: String = "vae-in", name: String = "img-latents"
  ) throws {
    let root = url(place + "/00000")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    var entries: [String] = []
    for (index, values) in items.enumerated() {
      let file = String(format: "\(name)-%08d.npy", index)
      try NPYFile.write(
        NPYFile.encoded(values, shape: shape), to: root.appendingPathComponent(file))
      entries.append("[\"00000/\(file)\", \(index % 2)]")
    }
    try Data("{\"labels\": [\(entries.joined(separator: ", "))]}".utf8)
      .write(to: url(place + "/dataset.json"))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func latentsThatAreNoNumbersAreNamed(value: Float) throws {
    var items = (0..<4).map { item in (0..<8).map { Float(item * 8 + $0) } }
    items[2][5] = value
    try writeLatents(items, shape: [2, 2, 2])
    let dataset = try openDataset(folder.url.path, size: nil)
    let file = "img-latents-00000002.npy"
    expectFailure(.badData, saying: file, "\(value)") { try dataset.batch(0..<4) }
    let loader = BatchLoader(
      dataset: dataset, order: DataOrder(count: 4, seed: 0), batchSize: 4, startingAt: 0,
      flip: false, seed: 0, workers: 2)
    defer { loader.stop() }
    expectFailure(.badData, saying: file, "item 2") { try loader.next() }
  }

  /// REPA's own files: z = mean + standard deviation · noise, with a stream for each image.
  @Test func posteriorsAreDrawnAnewForEachImage() throws {
    let means = (0..<3).map { item in (0..<8).map { Float(item * 8 + $0) } }
    let deviations = (0..<8).map { Float($0) / 8 }
    try writeLatents(
      means.map { $0 + deviations }, shape: [4, 2, 2], in: "vae-sd", name: "img-mean-std")
    let dataset = try openDataset(folder.url.path, size: nil)
    #expect(dataset.summary.itemShape == [2, 2, 2] && dataset.summary.count == 3)
    #expect(dataset.summary.notices?.first?.contains("standard deviations") == true)
    let item = try dataset.item(at: 1, mirrored: false)
    #expect(item.values == means[1] && item.deviation == deviations)

    func batches(workers: Int, from image: Int = 0) throws -> [HostBatch] {
      let loader = BatchLoader(
        dataset: dataset, order: DataOrder(count: 3, seed: 7), batchSize: 3, startingAt: image,
        flip: false, seed: 11, workers: workers)
      defer { loader.stop() }
      return try (0..<2).map { _ in try loader.next() }
    }
    let two = try batches(workers: 1)
    #expect(try two == batches(workers: 3) && two[1] == batches(workers: 1, from: 3)[0])
    for batch in two {
      for (offset, index) in batch.indices.enumerated() {
        var stream = RandomStream(
          seed: 11, purpose: "data/posterior", index: UInt64(batch.firstImage + offset))
        let noise = stream.normals(8)
        let expected = (0..<8).map { means[index][$0] + deviations[$0] * noise[$0] }
        #expect(Array(batch.values[8 * offset..<8 * offset + 8]) == expected)
      }
    }
    #expect(try dataset.batch(0..<3) == dataset.batch(0..<3), "held-out items do not change")
  }

  @Test func posteriorsAreChecked() throws {
    try writeLatents(
      [[1, 2, 3, 4, 1, 1, -1, 1]], shape: [2, 2, 2], in: "vae-sd", name: "img-mean-std")
    let dataset = try openDataset(url("vae-sd").path, size: nil)
    expectFailure(.badData, saying: "negative", "img-mean-std-00000000.npy") {
      try dataset.item(at: 0, mirrored: false)
    }
    try writeLatents([[1, 2, 3]], shape: [3, 1, 1], in: "odd", name: "img-mean-std")
    expectFailure(.badData, saying: "3 channels", "even") {
      try openDataset(url("odd").path, size: nil)
    }
  }

  @Test func twoClassesOfAFileAreRefused() throws {
    try writeLatents([[1, 2, 3, 4]], shape: [1, 2, 2])
    let name = "00000/img-latents-00000000.npy"
    try Data("{\"labels\": [[\"\(name)\", 0], [\"\(name)\", 1]]}".utf8)
      .write(to: url("vae-in/dataset.json"))
    expectFailure(.badData, saying: "two classes", name) {
      try openDataset(folder.url.path, size: nil)
    }
  }

  // MARK: Folders that are being written

  @Test func anUnfinishedExportIsNoDatasetAndGoesOn() throws {
    let shapes = ShapesDataset(count: 5, size: 8)
    let root = url("edm2")
    let identity = shapes.summary.fingerprint
    do {
      var writer = try EDM2Writer(root: root, of: identity)
      for index in 0..<3 { try writer.append(shapes.picture(at: index), label: index) }
      for path in [root.path, root.appendingPathComponent("images").path] {
        expectFailure(.badData, saying: "not finished", "same `data export` command") {
          try openDataset(path, size: 8)
        }
      }
      expectFailure(.busy, saying: "process \(getpid())") {
        try EDM2Writer(root: root, of: identity)
      }
      withExtendedLifetime(writer) {}
    }
    expectFailure(.usage, saying: "other pictures") { try EDM2Writer(root: root, of: "others") }
    var drawn: [Int] = []
    var writer = try EDM2Writer(root: root, of: identity)
    for index in 0..<5 {
      try writer.append(
        { () throws -> Picture in
          drawn.append(index)
          return try shapes.picture(at: index)
        }(), label: index)
    }
    try writer.finish()
    #expect(drawn == [3, 4], "what is there is not drawn again")
    let dataset = try #require(try openDataset(root.path, size: nil) as? EDM2Dataset)
    #expect(try (0..<5).map(dataset.picture) == (0..<5).map(shapes.picture))
    expectFailure(.usage, saying: "Choose a new folder") {
      try EDM2Writer(root: root, of: identity)
    }
  }
}
