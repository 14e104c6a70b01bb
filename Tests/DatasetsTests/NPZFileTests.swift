import Datasets
import Diagnostics
import Foundation
import Pictures
import TestSupport
import Testing

/// `.npz` files of NumPy (`Fixtures/npz`), our own, and damaged ones.
struct NPZFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/npz")

  private static let firstRow = (0..<6).map { Double($0) / 7 - 1 }

  @Test func storedArraysAsNumPyWroteThem() throws {
    let file = try NPZFile(contentsOf: Self.fixtures.appendingPathComponent("stored.npz"))
    #expect(file.names == ["arr_0", "arr_1"])
    let pictures = try file.array("arr_0")
    #expect(pictures.shape == [2, 4, 5, 3])
    #expect(try pictures.bytes(0..<120) == (0..<120).map { UInt8($0) })
    #expect(try file.array("arr_1").integers(0..<2) == [3, 1])
  }

  @Test func compressedArraysAsNumPyWroteThem() throws {
    let file = try NPZFile(contentsOf: Self.fixtures.appendingPathComponent("packed.npz"))
    #expect(try file.array("mu").doubles(0..<6) == Self.firstRow)
    let sigma = try file.array("sigma")
    #expect(sigma.shape == [160, 6])
    #expect(try sigma.doubles(954..<960) == (18..<24).map { Double($0) / 7 - 1 })
  }

  @Test func wideSizesCommentsAndOtherMembers() throws {
    let file = try NPZFile(contentsOf: Self.fixtures.appendingPathComponent("wide.npz"))
    #expect(file.names == ["mu"])
    #expect(try file.array("mu").doubles(0..<6) == Self.firstRow)
    expectFailure(.badData, saying: "wide.npz", "`mu`", "`sigma`") { try file.array("sigma") }
  }

  @Test func ownFilesRoundTrip() throws {
    let url = folder.url.appendingPathComponent("own.npz")
    let bytes = (0..<600).map { UInt8(truncatingIfNeeded: $0 * 31) }
    try NPZFile.write(
      [
        .init("arr_0", shape: [2, 10, 10, 3], element: .uint8) { put in
          try put(Data(bytes[..<250]))
          try put(Data(bytes[250...]))
        },
        .init("arr_1", shape: [2], element: .int64) { put in
          try put(withUnsafeBytes(of: (Int64(5).littleEndian, Int64(2).littleEndian)) { Data($0) })
        },
      ], to: url)
    let file = try NPZFile(contentsOf: url)
    #expect(try file.array("arr_0").bytes(0..<600) == bytes)
    let dataset = try #require(try openDataset(url.path, size: nil) as? NPZDataset)
    #expect(dataset.summary.itemShape == [3, 10, 10] && dataset.summary.count == 2)
    #expect(try dataset.label(at: 0) == 5 && dataset.label(at: 1) == 2)
    #expect(try dataset.picture(at: 1).pixels == Array(bytes[300...]))
    let small = try NPZDataset(contentsOf: url, size: 5)
    #expect(try small.picture(at: 0) == dataset.picture(at: 0).centerCropped(to: 5))
  }

  @Test func partsMustFillTheShape() throws {
    let url = folder.url.appendingPathComponent("short.npz")
    expectFailure(.failure, saying: "3 bytes", "4") {
      try NPZFile.write(
        [.init("a", shape: [4], element: .uint8) { put in try put(Data([1, 2, 3])) }], to: url)
    }
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }

  /// Every file that is cut short is refused, and no changed byte gets through as other numbers.
  @Test(arguments: ["stored.npz", "packed.npz", "wide.npz"])
  func damageIsNoticed(name: String) throws {
    let whole = try Data(contentsOf: Self.fixtures.appendingPathComponent(name))
    let url = folder.url.appendingPathComponent(name)
    func contents() throws -> [Data] {
      let file = try NPZFile(contentsOf: url)
      return try file.names.map { name in
        let array = try file.array(name)
        return try array.doubles(0..<array.count).withUnsafeBytes { Data($0) }
      }
    }
    try whole.write(to: url)
    let truth = try contents()
    for length in stride(from: 0, to: whole.count - 30, by: 7) {
      try whole.prefix(length).write(to: url)
      expectFailure(.badData, saying: url.path) { try NPZFile(contentsOf: url) }
    }
    for position in stride(from: 0, to: whole.count, by: 3) {
      var damaged = whole
      damaged[position] ^= 0xFF
      try damaged.write(to: url)
      do {
        let read = try contents()
        #expect(
          read == truth || read.count != truth.count, "byte \(position) changed unnoticed")
      } catch let error as PeregrineError {
        #expect(error.code == .badData)
      }
    }
  }

  @Test func picturesWithoutClassesAreNamedSo() throws {
    let pictures = folder.url.appendingPathComponent("flat")
    for index in 0..<3 {
      try ShapesDataset(size: 8).picture(at: index).write(
        png: pictures.appendingPathComponent("\(index).png"))
    }
    try ShapesDataset(size: 30).picture(at: 0).write(
      png: pictures.appendingPathComponent("grid.png"))
    let dataset = try #require(
      try openDataset(pictures.path, size: nil) as? PictureFolderDataset)
    #expect(dataset.summary.count == 3 && dataset.summary.classNames.isEmpty)
    #expect(try dataset.picture(at: 2) == ShapesDataset(size: 8).picture(at: 2))
    try ShapesDataset(size: 9).picture(at: 0).write(
      png: pictures.appendingPathComponent("3.png"))
    let mixed = try PictureFolderDataset(folder: pictures)
    expectFailure(.badData, saying: "3.png", "9x9", "8x8") { try mixed.picture(at: 3) }
  }

  @Test func contentHashesFollowTheBytes() throws {
    let url = folder.url.appendingPathComponent("own.npz")
    let memo = folder.url.appendingPathComponent("memo")
    func write(_ last: UInt8) throws -> String {
      try NPZFile.write(
        [
          .init("arr_0", shape: [1, 300, 300, 3], element: .uint8) { put in
            var bytes = [UInt8](repeating: 7, count: 270_000)
            bytes[100_000] = last
            try put(Data(bytes))
          }
        ], to: url)
      return try NPZDataset(contentsOf: url).contentHash(memo: memo)
    }
    let first = try write(1)
    #expect(try write(2) != first)
    #expect(try write(1) == first)
    #expect(try NPZDataset(contentsOf: url).contentHash(memo: memo) == first)
  }
}
