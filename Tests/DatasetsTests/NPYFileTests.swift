import Datasets
import Diagnostics
import Foundation
import TestSupport
import Testing

struct NPYFileTests {
  let folder: TemporaryFolder
  let url: URL

  init() throws {
    folder = try TemporaryFolder()
    url = folder.url.appendingPathComponent("some.npy")
  }

  @Test(arguments: [NPYFile.Element.float16, .float32, .float64])
  func floatsRoundTrip(element: NPYFile.Element) throws {
    let values: [Float] = [0, -1.5, 2.25, 1e3, -0.125, 7]
    try NPYFile.write(NPYFile.encoded(values, shape: [2, 3], element: element), to: url)
    let file = try NPYFile(contentsOf: url)
    #expect(file.shape == [2, 3] && file.element == element && file.rowSize == 3)
    #expect(try file.floats(0..<6) == values && file.floats(4..<5) == [-0.125])
    expectFailure(.badData, saying: url.path, "float") { try file.integers(0..<6) }
  }

  @Test func integersAndBytesRoundTrip() throws {
    let small = try NPYFile(decoding: NPYFile.encoded([1, -2, 3], shape: [3]), name: "a")
    #expect(try small.integers(0..<3) == [1, -2, 3] && small.element == .int32)
    let big = try NPYFile(decoding: NPYFile.encoded([1 << 40], shape: [1]), name: "a")
    #expect(try big.integers(0..<1) == [1 << 40] && big.element == .int64)
    let bytes: [UInt8] = [0, 255, 128, 7]
    let file = try NPYFile(decoding: NPYFile.encoded(bytes, shape: [2, 2]), name: "a")
    #expect(try file.bytes(1..<4) == [255, 128, 7] && file.floats(1..<2) == [255])
  }

  /// Byte for byte what `numpy.save` writes.
  @Test func encodesAsNumPy() {
    let data = NPYFile.encoded([1, 2, 3] as [Float], shape: [3])
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"
    let padding = String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    let expected: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
    #expect(Array(data.prefix(128)) == expected + Array(padding.utf8))
    #expect(data.count == 140)
  }

  @Test func readsVersionTwoOtherSpacingAndOneNumber() throws {
    let two = file(#"{"shape":(2 ,), "descr":"|i1","fortran_order":False}"#, [5, 0xFF], version: 2)
    let first = try NPYFile(decoding: two, name: "a")
    #expect(try first.integers(0..<2) == [5, -1])
    let single = try NPYFile(
      decoding: file("{'descr': '|u1', 'fortran_order': False, 'shape': ()}", [9]), name: "a")
    #expect(try single.shape == [] && single.floats(0..<1) == [9] && single.rows == 1)
  }

  /// The same numbers in either byte order, as numpy writes them.
  @Test(
    arguments: [
      ("<u2", [1, 0, 0xFF, 0xFF], [1, 65_535]), (">u2", [0, 1, 0xFF, 0xFF], [1, 65_535]),
      ("<i2", [0xFE, 0xFF, 1, 0], [-2, 1]), (">i2", [0xFF, 0xFE, 0, 1], [-2, 1]),
      ("<u4", [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [1, 4_294_967_295]),
      (">i4", [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF], [1, -1]),
      (">i8", [0, 0, 0, 0, 0, 0, 1, 0] + [UInt8](repeating: 0xFF, count: 8), [256, -1]),
      (
        "<u8", [7] + [UInt8](repeating: 0, count: 7) + [UInt8](repeating: 0xFF, count: 8),
        [7, Int.max]
      ),
      ("|b1", [1, 0], [1, 0]), ("=i2", [1, 0, 2, 0], [1, 2]),
    ] as [(String, [UInt8], [Int])])
  func everyIntegerIsRead(type: String, bytes: [UInt8], values: [Int]) throws {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (2,)}"
    let array = try NPYFile(decoding: file(header, bytes), name: "a")
    #expect(try array.integers(0..<2) == values && array.element.isInteger)
    if type != "<u8" { #expect(try array.doubles(0..<2) == values.map { Double($0) }) }
    #expect(try array.floats(0..<1) == [Float(values[0])])
  }

  @Test(
    arguments: [
      (">f2", [0xC1, 0x00]), (">f4", [0xC0, 0x20, 0, 0]), (">f8", [0xC0, 0x04, 0, 0, 0, 0, 0, 0]),
    ] as [(String, [UInt8])])
  func bigEndianFloatsAreRead(type: String, bytes: [UInt8]) throws {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (1,)}"
    let array = try NPYFile(decoding: file(header, bytes), name: "a")
    #expect(try array.floats(0..<1) == [-2.5])
    #expect(try array.doubles(0..<1) == [-2.5])
  }

  /// The file lists the elements with the first axis innermost; they are read in row-major order.
  @Test func fortranOrderIsRead() throws {
    // The file's place i + 2 · (j + 3 · k) holds the element (i, j, k).
    let stored = (0..<24).map { (place: Int) -> UInt8 in
      let (i, j, k) = (place % 2, place / 2 % 3, place / 6)
      return UInt8(12 * i + 4 * j + k)
    }
    let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4)}"
    let array = try NPYFile(decoding: file(header, stored), name: "a")
    #expect(try array.bytes(0..<24) == Array(0..<24))
    #expect(try array.integers(5..<9) == [5, 6, 7, 8] && array.floats(23..<24) == [23])
  }

  @Test func everyTruncationIsNamed() throws {
    let whole = NPYFile.encoded([1, 2, 3, 4] as [Float], shape: [2, 2])
    for length in [0, 5, 9, 11, 50, 127, 128, 140, whole.count - 1] {
      try whole.prefix(length).write(to: url)
      expectFailure(.badData, saying: url.path) { try NPYFile(contentsOf: url) }
    }
  }

  @Test(arguments: [
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4)}", "12"),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", "expected 1,"),
    ("{'descr': '|u1', 'fortran_order': Maybe, 'shape': (4,)}", "True or False"),
    ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", "complex"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (4,)}", "Python objects"),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775807,)}", "4 bytes"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,)}", "shape"),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 9223372036854775807, 2)}", "shape"),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (-4,)}", "(-4,)"),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", "shape"),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': 4}", "header"),
    ("{'descr': '|u1', 'fortran_order': False}", "fortran_order"),
    ("{'descr': '|u1', 'shape': (4,), 'fortran_order': False, 'more': 1}", "header"),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (4,)", "header"),
    ("", "header"),
  ])
  func lyingHeadersAreRefused(header: String, word: String) throws {
    try file(header, [1, 2, 3, 4]).write(to: url)
    expectFailure(.badData, saying: url.path, word) { try NPYFile(contentsOf: url) }
  }

  @Test func otherVersionsAndFilesAreRefused() throws {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}"
    expectFailure(.badData, saying: "some", "3.0") {
      try NPYFile(decoding: file(header, [1], version: 3), name: "some")
    }
    expectFailure(.badData, saying: "some") {
      try NPYFile(decoding: Data("a text of some length".utf8), name: "some")
    }
    expectFailure(.missingInput, saying: url.path) { try NPYFile(contentsOf: url) }
  }

  @Test func longHeadersAreRefused() throws {
    let bytes = Data([0x93] + Array("NUMPY".utf8) + [2, 0, 0, 0, 0, 4]) + Data(count: 100)
    expectFailure(.badData, saying: "some", "header of 67108864 bytes") {
      try NPYFile(decoding: bytes, name: "some")
    }
  }

  /// A file with any header text.
  private func file(_ header: String, _ body: [UInt8], version: UInt8 = 1) -> Data {
    let length = UInt8(header.utf8.count)
    let lengthBytes: [UInt8] = version == 1 ? [length, 0] : [length, 0, 0, 0]
    return Data([0x93] + Array("NUMPY".utf8) + [version, 0] + lengthBytes)
      + Data(header.utf8) + Data(body)
  }
}
