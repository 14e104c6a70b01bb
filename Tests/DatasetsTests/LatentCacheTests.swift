import Diagnostics
import FileAccess
import Foundation
import TestSupport
import Testing

@testable import Datasets

struct LatentCacheTests {
  let folder: TemporaryFolder
  var url: URL { folder.url.appendingPathComponent("cache") }

  init() throws { folder = try TemporaryFolder() }

  private func header(
    _ element: NPYFile.Element = .float32, mirrored: Bool = false, weights: String = "abc",
    posterior: LatentCacheHeader.Posterior = .mode
  ) -> LatentCacheHeader {
    LatentCacheHeader(
      itemShape: [2, 3, 3], element: element, source: ShapesDataset(count: 10).summary,
      autoencoder: .init(name: "tiny", weightsSha256: weights), mirrored: mirrored,
      posterior: posterior)
  }

  /// The values of a row; channel 1 lies 10 higher.
  private func latent(_ row: Int, mirrored: Bool = false) -> [Float] {
    (0..<18).map { Float(row) + Float($0 / 9 * 10) + Float($0) / 32 + (mirrored ? 0.5 : 0) }
  }

  private func append(_ rows: Range<Int>, to writer: LatentCacheWriter, mirrored: Bool) throws {
    try writer.append(
      latents: rows.flatMap { latent($0) },
      mirrored: mirrored ? rows.flatMap { latent($0, mirrored: true) } : nil,
      labels: rows.map { $0 % 8 })
  }

  private func writeWhole(mirrored: Bool = false) throws {
    let writer = try LatentCacheWriter(
      folder: url, header: header(mirrored: mirrored), shardRows: 4)
    try append(0..<10, to: writer, mirrored: mirrored)
    try writer.finish()
  }

  private func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  @Test(arguments: [NPYFile.Element.float16, .float32], [false, true])
  func roundTrips(element: NPYFile.Element, mirrored: Bool) throws {
    let writer = try LatentCacheWriter(
      folder: url, header: header(element, mirrored: mirrored), shardRows: 4)
    for start in [0, 3, 6, 9] {
      try append(start..<min(start + 3, 10), to: writer, mirrored: mirrored)
    }
    #expect(writer.rowsWritten == 10)
    try writer.finish()
    let cache = try LatentCacheDataset(folder: url)
    #expect(cache.summary.count == 10 && cache.summary.itemShape == [2, 3, 3])
    #expect(cache.mirrors == mirrored && cache.header == header(element, mirrored: mirrored))
    for row in 0..<10 {
      let item = try cache.item(at: row, mirrored: false)
      #expect(item.condition.label == row % 8)
      #expect(close(item.values, latent(row), element))
      if mirrored {
        #expect(
          close(
            try cache.item(at: row, mirrored: true).values, latent(row, mirrored: true), element))
      }
    }
    if !mirrored {
      expectFailure(.usage, saying: "mirror") { try cache.item(at: 0, mirrored: true) }
    }
    let all = (0..<10).flatMap { latent($0).suffix(9) }.map { Double($0) }
    let mean = all.reduce(0, +) / 90
    let deviation = (all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 90).squareRoot()
    #expect(abs(cache.mean[1] - mean) < 0.01 && abs(cache.standardDeviation[1] - deviation) < 0.01)
    #expect(try openDataset(url.path, size: nil) is LatentCacheDataset)
  }

  private func close(_ found: [Float], _ expected: [Float], _ element: NPYFile.Element) -> Bool {
    let tolerance: Float = element == .float16 ? 1e-3 : 0
    return found.count == expected.count
      && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance * abs($1) }
  }

  @Test func interruptedEncodingEqualsWholeEncoding() throws {
    try writeWhole(mirrored: true)
    let whole = try LatentCacheDataset(folder: url).summary
    try FileManager.default.removeItem(at: url)
    var writer = try LatentCacheWriter(folder: url, header: header(mirrored: true), shardRows: 4)
    try append(0..<6, to: writer, mirrored: true)
    expectFailure(.badData, saying: url.path, "unfinished", "4 rows") {
      try LatentCacheDataset(folder: url)
    }
    writer = try LatentCacheWriter(folder: url, header: header(mirrored: true), shardRows: 4)
    #expect(writer.rowsWritten == 4)
    try append(4..<10, to: writer, mirrored: true)
    try writer.finish()
    #expect(try LatentCacheDataset(folder: url).summary == whole)
  }

  @Test func anotherAutoencoderIsRefusedOnResume() throws {
    let writer = try LatentCacheWriter(folder: url, header: header(), shardRows: 4)
    try append(0..<5, to: writer, mirrored: false)
    let before = try Data(contentsOf: file("cache.json"))
    expectFailure(.usage, saying: url.path, "autoencoder weights abc, now def") {
      try LatentCacheWriter(folder: url, header: header(weights: "def"), shardRows: 4)
    }
    expectFailure(.usage, saying: url.path, "mirrored false, now true", "float16") {
      try LatentCacheWriter(folder: url, header: header(.float16, mirrored: true), shardRows: 4)
    }
    expectFailure(.usage, saying: url.path, "posterior mode, now sample (seed 3)") {
      try LatentCacheWriter(folder: url, header: header(posterior: .sample(seed: 3)), shardRows: 4)
    }
    #expect(try Data(contentsOf: file("cache.json")) == before)
  }

  /// Caches of before there was a choice hold modes; a large seed survives JSON.
  @Test func theRecordTellsThePosterior() throws {
    let sample = LatentCacheHeader.Posterior.sample(seed: .max)
    let writer = try LatentCacheWriter(folder: url, header: header(posterior: sample), shardRows: 4)
    try append(0..<10, to: writer, mirrored: false)
    try writer.finish()
    #expect(try LatentCacheDataset(folder: url).header.posterior == sample)
    let text = try String(contentsOf: file("cache.json"), encoding: .utf8)
    let older = text.replacing(#/"posterior" : \{[^}]*\}\s*\},/#, with: "")
    #expect(older.count < text.count && !older.contains("posterior"))
    try Data(older.utf8).write(to: file("cache.json"))
    #expect(try LatentCacheDataset(folder: url).header == header())
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func nonFiniteLatentsAreRefusedByRow(bad: Float) throws {
    let writer = try LatentCacheWriter(folder: url, header: header(mirrored: true), shardRows: 4)
    try append(0..<5, to: writer, mirrored: true)
    var values = latent(5) + latent(6)
    values[30] = bad
    expectFailure(.nonFinite, saying: url.path, "row 6") {
      try writer.append(latents: values, mirrored: latent(5) + latent(6), labels: [5, 6])
    }
    expectFailure(.nonFinite, saying: url.path, "row 6") {
      try writer.append(latents: latent(5) + latent(6), mirrored: values, labels: [5, 6])
    }
    #expect(writer.rowsWritten == 5)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let writer = try LatentCacheWriter(folder: url, header: header(.float16), shardRows: 4)
    var huge = latent(0)
    huge[3] = 70_000
    expectFailure(.nonFinite, saying: "row 0", "float16") {
      try writer.append(latents: huge, mirrored: nil, labels: [0])
    }
    expectFailure(.badData, saying: "label 8", "row 0") {
      try writer.append(latents: latent(0), mirrored: nil, labels: [8])
    }
    expectFailure(.usage, saying: "18 a row") {
      try writer.append(latents: latent(0), mirrored: nil, labels: [0, 1])
    }
    expectFailure(.usage, saying: "18 mirrored") {
      try writer.append(latents: latent(0), mirrored: latent(0), labels: [0])
    }
    try append(0..<1, to: writer, mirrored: false)
    try writer.finish()
    try writer.finish()
    expectFailure(.usage, saying: "finished") { try append(1..<2, to: writer, mirrored: false) }
  }

  @Test(arguments: ["latents-00001.npy", "mirrored-00000.npy", "labels-00002.npy"])
  func damagedShardsAreNamedAndMadeAnew(name: String) throws {
    try writeWhole(mirrored: true)
    let whole = try LatentCacheDataset(folder: url).summary
    var data = try Data(contentsOf: file(name))
    data[data.count - 2] ^= 1
    try data.write(to: file(name))
    expectFailure(.badData, saying: file(name).path, "Delete that file and run encode again") {
      try LatentCacheDataset(folder: url)
    }
    try FileManager.default.removeItem(at: file(name))
    expectFailure(.missingInput, saying: file(name).path) { try LatentCacheDataset(folder: url) }
    let writer = try LatentCacheWriter(folder: url, header: header(mirrored: true), shardRows: 4)
    let number = Int(name.suffix(5 + 4).prefix(5)) ?? -1
    #expect(writer.rowsWritten == 4 * number)
    try append(writer.rowsWritten..<10, to: writer, mirrored: true)
    try writer.finish()
    #expect(try LatentCacheDataset(folder: url).summary == whole)
  }

  @Test func truncatedShardsAreNoticedWithoutVerification() throws {
    try writeWhole()
    let name = file("latents-00002.npy")
    try Data(contentsOf: name).dropLast(4).write(to: name)
    expectFailure(.badData, saying: name.path) {
      try LatentCacheDataset(folder: url, verified: false)
    }
  }

  /// Labels and numbers are checked even where the hash was brought up to date.
  @Test func contentsAreCheckedBehindTheHash() throws {
    try writeWhole()
    func forge(_ name: String, _ data: Data) throws {
      let old = sha256(of: try Data(contentsOf: file(name)))
      try data.write(to: file(name))
      let record = try String(contentsOf: file("cache.json"), encoding: .utf8)
      try Data(record.replacing(old, with: sha256(of: data)).utf8).write(to: file("cache.json"))
    }
    let rows = (8..<10).flatMap { latent($0) }
    let name = "latents-00002.npy"
    try forge(name, NPYFile.encoded(rows.map { $0 + 0.01 }, shape: [2, 2, 3, 3]))
    expectFailure(.badData, saying: file(name).path, "statistics") {
      try LatentCacheDataset(folder: url)
    }
    try forge(name, NPYFile.encoded(rows.dropLast() + [.nan], shape: [2, 2, 3, 3]))
    expectFailure(.badData, saying: file(name).path, "row 1") {
      try LatentCacheDataset(folder: url)
    }
    try forge(name, NPYFile.encoded(rows, shape: [2, 2, 3, 3]))
    _ = try LatentCacheDataset(folder: url)
    try forge("labels-00002.npy", NPYFile.encoded([0, 9], shape: [2]))
    expectFailure(.badData, saying: file("labels-00002.npy").path, "label 9", "row 1") {
      try LatentCacheDataset(folder: url)
    }
  }

  @Test(arguments: [
    ("\"schema_version\" : 1", "\"schema_version\" : 2", "schema version 2"),
    ("\"count\" : 10", "\"count\" : 11", "contradict"),
    ("\"rows\" : 2", "\"rows\" : 3", "contradict"),
    ("\"mirrored\" : false", "\"mirored\" : false", "mirrored"),
    ("{", "[", "schema version"),
  ])
  func damagedRecordsAreRefused(old: String, new: String, word: String) throws {
    try writeWhole()
    var text = try String(contentsOf: file("cache.json"), encoding: .utf8)
    let place = try #require(text.range(of: old))
    text.replaceSubrange(place, with: new)
    try Data(text.utf8).write(to: file("cache.json"))
    expectFailure(.badData, saying: file("cache.json").path, word) {
      try LatentCacheDataset(folder: url)
    }
  }

  /// Stopped before the first shard, a cache is known for one, and for one of its pictures.
  @Test func aCacheWithoutShardsIsUnfinished() throws {
    _ = try LatentCacheWriter(folder: url, header: header(), shardRows: 4)
    expectFailure(.badData, saying: "unfinished cache of 0 rows", "goes on") {
      try openDataset(url.path, size: nil)
    }
    var other = header()
    other.source.fingerprint = "another"
    expectFailure(.usage, saying: "another cache there", "source fingerprint") {
      try LatentCacheWriter(folder: url, header: other, shardRows: 4)
    }
    try writeWhole()
    #expect(try LatentCacheDataset(folder: url).summary.count == 10)
  }

  /// Spellings of a letter are different classes.
  @Test func aHeaderTellsNamesApartByTheirBytes() throws {
    var (first, second) = (header(), header())
    first.classNames = ["\u{e9}"]
    second.classNames = ["e\u{301}"]
    #expect(first.differences(to: second).count == 1)
  }

  @Test func aFolderOfOtherFilesIsRefused() throws {
    let folder = try TemporaryFolder()
    let photos = try pictureTree(in: folder.url, classes: 2, each: 1)
    expectFailure(.usage, saying: photos.path, "`class0`, `class1`", "an empty folder") {
      try LatentCacheWriter(folder: photos, header: header(), shardRows: 4)
    }
    let inside = photos.appendingPathComponent("cache")
    expectFailure(.usage, saying: "a folder inside the data `\(photos.path)`") {
      try LatentCacheWriter.check(inside, data: photos.path)
    }
    // Also through a link to the data.
    let link = folder.url.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: photos)
    expectFailure(.usage, saying: "inside the data") {
      try LatentCacheWriter.check(inside, data: link.path)
    }
    try LatentCacheWriter.check(folder.url.appendingPathComponent("cache"), data: photos.path)
    // The built-in data is in no folder, whatever folders are called.
    try LatentCacheWriter.check(URL(fileURLWithPath: "shapes/cache"), data: "shapes")
  }
}
