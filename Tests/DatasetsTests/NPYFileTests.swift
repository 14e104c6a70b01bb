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
    ("{'descr': '|u1', 'fortran_order': True, 'shape': (4,)}", "C order"),
    ("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", ">f4"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (4,)}", "|O"),
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

  /// A file with any header text.
  private func file(_ header: String, _ body: [UInt8], version: UInt8 = 1) -> Data {
    let length = UInt8(header.utf8.count)
    let lengthBytes: [UInt8] = version == 1 ? [length, 0] : [length, 0, 0, 0]
    return Data([0x93] + Array("NUMPY".utf8) + [version, 0] + lengthBytes)
      + Data(header.utf8) + Data(body)
  }
}
