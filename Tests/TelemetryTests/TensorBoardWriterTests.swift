import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Telemetry

@Suite struct TensorBoardWriterTests {
  /// RFC 3720, appendix B.4, and the usual check value.
  private static let vectors: [(data: [UInt8], checksum: UInt32)] = [
    (Array("123456789".utf8), 0xE306_9283),
    ([], 0),
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    ([UInt8](0..<32), 0x46DD_794E),
    ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
  ]

  @Test(arguments: vectors)
  func checksumVectors(data: [UInt8], checksum: UInt32) {
    #expect(CRC32C.checksum(Data(data)) == checksum)
  }

  private let time = Date(timeIntervalSince1970: 1_700_000_000.5)

  private func hex(_ data: Data) -> String {
    data.map { String(format: "%02x", $0) }.joined()
  }

  @Test func headerIsTheGoldenRecord() {
    #expect(hex(TensorBoardWriter.record(TensorBoardWriter.header(time: time))) == Golden.header)
  }

  @Test func restartIsTheGoldenRecord() {
    let event = TensorBoardWriter.restart(step: 300, time: time)
    #expect(hex(TensorBoardWriter.record(event)) == Golden.restart)
  }

  @Test func fileIsTheGoldenBytes() throws {
    let folder = try TemporaryFolder()
    let writer = try TensorBoardWriter(folder: folder.url, startingAt: 300, time: time)
    writer.scalar("loss/train", 0.25, step: 300, time: time)
    writer.scalar("loss/train", -1.5, step: -1, time: time)
    writer.image("samples", png: Data([1, 2, 3]), width: 5, height: 4, step: 301, time: time)
    writer.close()
    writer.scalar("loss/train", 1, step: 302, time: time)
    let bytes = hex(try Data(contentsOf: writer.url))
    #expect(
      bytes == Golden.header + Golden.restart + Golden.scalar + Golden.negativeStep + Golden.image)
    #expect(writer.url.lastPathComponent.hasPrefix("events.out.tfevents.1700000000."))
  }

  @Test func twoFilesOfOneSecondDiffer() throws {
    let folder = try TemporaryFolder()
    let first = try TensorBoardWriter(folder: folder.url, time: time)
    let second = try TensorBoardWriter(folder: folder.url, time: time)
    #expect(first.url != second.url)
  }

  @Test func missingFolderThrows() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: PeregrineError.self) {
      try TensorBoardWriter(folder: folder.url.appendingPathComponent("nowhere"))
    }
    #expect(error?.code == .io)
  }
}

/// The records of `tensorboard` 2.21.0 for the same events: its `RecordWriter` around its `Event`.
private enum Golden {
  static let header = """
    1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110
    """
  static let restart = """
    100000000000000095fbfe180900002040fc54d94110ac023a020801b94512a3
    """
  static let scalar = """
    2100000000000000017becf60900002040fc54d94110ac022a130a110a0a6c6f73732f747261696e\
    150000803e049cbab9
    """
  static let negativeStep = """
    290000000000000037ff5f000900002040fc54d94110ffffffffffffffffff012a130a110a0a6c6f\
    73732f747261696e150000c0bff4b0c13a
    """
  static let image = """
    2600000000000000734fe3000900002040fc54d94110ad022a180a160a0773616d706c6573220b08\
    04100518032203010203071b30c6
    """
}
