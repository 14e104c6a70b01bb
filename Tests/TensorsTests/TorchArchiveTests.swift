import Diagnostics
import FileAccess
import FileFormats
import Foundation
import Tensors
import TestSupport
import Testing

/// Files that `torch.save` wrote; `Fixtures/torch_archive/make.py` has the formulas of their numbers.
@Suite struct TorchArchiveTests {
  private static let folder = SharedFolder.packageRoot.appendingPathComponent(
    "Fixtures/torch_archive")

  private func path(_ name: String) -> String { Self.folder.appendingPathComponent(name).path }

  private func tensors(_ name: String) throws -> [String: Tensor] {
    try Dictionary(
      TorchArchive(path: path(name)).tensors.map { ($0.name, $0.tensor) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Weights in an ordered dictionary, averages, the optimizer's state, and an `argparse.Namespace`
  /// in front of them all.
  @Test func aTrainingCheckpointGivesAllItsTensors() throws {
    let archive = try TorchArchive(path: path("checkpoint.pth"))
    #expect(
      archive.tensors.map(\.name) == [
        "model.weight", "model.bias", "ema.weight", "ema.bias", "opt.state.0.step",
        "opt.state.0.exp_avg", "opt.state.0.exp_avg_sq", "opt.state.1.step",
        "opt.state.1.exp_avg", "opt.state.1.exp_avg_sq",
      ])
    let tensors = try tensors("checkpoint.pth")
    let weight = try #require(tensors["model.weight"])
    #expect(weight.shape == [2, 3] && weight.dtype == .float32)
    #expect(try weight.scalars(Float.self) == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(try tensors["model.bias"]?.scalars(Float.self) == [-1, 0.5])
    #expect(tensors["ema.weight"]?.dtype == .float16)
    #expect(try tensors["ema.bias"]?.scalars(Float.self) == [-1, 0.5])
    #expect(try tensors["opt.state.0.step"]?.item() == 1)
    // The gradient of the sum is 1, so the first moment is 1 − β₁.
    let moment = try #require(try tensors["opt.state.0.exp_avg"]?.scalars(Float.self))
    #expect(moment.count == 6 && moment.allSatisfy { abs($0 - 0.1) < 1e-7 })
  }

  @Test func everyElementTypeIsReadAndComplexNumbersAreSkipped() throws {
    let tensors = try tensors("tensors.pth")
    let types: [(String, DType, [Double])] = [
      ("float64", .float64, [1.0 / 3]), ("bfloat16", .bfloat16, [1, 2.5, -3.25]),
      ("float16", .float16, [0.5, 65_504]), ("int64", .int64, [Double(1 << 40), -1]),
      ("int32", .int64, [Double(1 << 30), -2]), ("int16", .int64, [-32_768]),
      ("int8", .int64, [-128, 127]), ("uint8", .uint8, [0, 255]), ("bool", .bool, [1, 0]),
    ]
    for (name, dtype, values) in types {
      let tensor = try #require(tensors["types.\(name)"], "\(name)")
      #expect(tensor.dtype == dtype)
      #expect(try tensor.scalars(Double.self) == values)
    }
    #expect(tensors["types.complex"] == nil)
    let unreadable = try TorchArchive(path: path("tensors.pth")).unreadable
    #expect(unreadable.map(\.name) == ["types.complex"])
  }

  @Test func containersAreFlattened() throws {
    let tensors = try tensors("tensors.pth")
    #expect(try tensors["parameter"]?.scalars(Float.self) == [1.5, -2])
    #expect(try tensors["3"]?.scalars(Float.self) == [3])
    #expect(try tensors["pair.0"]?.scalars(Int64.self) == [1])
    #expect(try tensors["pair.3"]?.scalars(Int64.self) == [2])
    #expect(tensors["pair.1"] == nil && tensors["pair.2"] == nil)
    #expect(tensors["scalar"]?.shape == [])
    #expect(try tensors["scalar"]?.item() == 7)
    #expect(tensors["empty"]?.shape == [0, 5])
  }

  @Test func viewsKeepTheirStrides() throws {
    let tensors = try tensors("tensors.pth")
    let base = PlainArray([3, 4]) { Double($0[0] * 4 + $0[1]) }
    #expect(try PlainArray(try #require(tensors["views.0"])) == base)
    #expect(
      try PlainArray(try #require(tensors["views.1"]))
        == PlainArray([4, 3]) { base[[$0[1], $0[0]]] })
    #expect(
      try PlainArray(try #require(tensors["views.2"]))
        == PlainArray([2, 2]) { base[[$0[0] + 1, 2 * $0[1]]] })
  }

  @Test func otherRootsAndProtocolsAreRead() throws {
    let bare = try TorchArchive(path: path("bare.pth")).tensors
    #expect(bare.map(\.name) == [""])
    #expect(try bare[0].tensor.scalars(Float.self) == [1, 2])
    #expect(try tensors("protocol4.pth")["a"]?.scalars(Float.self) == [4])
    #expect(try tensors("legacy.pth")["a"]?.scalars(Float.self) == [1, 1])
  }

  private func refusal(_ path: String) -> PeregrineError? {
    #expect(throws: PeregrineError.self) { _ = try TorchArchive(path: path) }
  }

  @Test func otherFilesAreRefusedByName() throws {
    let folder = try TemporaryFolder()
    let notAnArchive = folder.url.appendingPathComponent("picture.pth")
    try Data("not an archive".utf8).write(to: notAnArchive)
    let empty = folder.url.appendingPathComponent("empty.pth")
    try Data().write(to: empty)
    for (path, kind) in [(notAnArchive.path, "found a text"), (empty.path, "an empty file")] {
      let error = refusal(path)
      #expect(error?.code == .badData && error?.description.contains(kind) == true)
      #expect(error?.description.contains(path) == true)
      #expect(error?.description.contains("torch.save") == true)
    }
    let missing = refusal(folder.url.appendingPathComponent("none.pth").path)
    #expect(missing?.code == .missingInput)
  }

  @Test(arguments: [0.2, 0.5, 0.9, 0.99]) func truncatedFilesAreRefused(part: Double) throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(fileURLWithPath: path("checkpoint.pth")))
    let cut = folder.url.appendingPathComponent("cut.pth")
    try whole.prefix(Int(Double(whole.count) * part)).write(to: cut)
    #expect(refusal(cut.path)?.code == .badData)
  }

  /// A cut zip file has lost its directory, but not yet the pickle that says what it needs.
  @Test func aCutFileSaysHowMuchIsMissing() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("cut.pth")
    try AtomicFile.write(to: url) { file in
      var zip = ZipWriter(file)
      try zip.begin("x/data.pkl")
      let pickle = HandmadeTorchFile.tensor("0", count: 5_000, sizes: [5_000], strides: [1])
      try zip.append(Data([0x80, 2] + pickle + [UInt8(ascii: ".")]))
      try zip.end()
      try zip.begin("x/data/0")
      try zip.append(Data(count: 20_000))
      try zip.end()
      try zip.finish()
    }
    #expect(try TorchArchive(path: url.path).tensors[0].tensor.shape == [5_000])
    try Data(contentsOf: url).prefix(9_000).write(to: url)
    let message = refusal(url.path)?.description ?? ""
    #expect(message.contains("9000 bytes") && message.contains("at least 20000"), "\(message)")
  }

  /// Whichever bit of the numbers is wrong, the checksum of the member notices.
  @Test func aWrongBitIsNoticed() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("flipped.pth")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path("checkpoint.pth")))
    let numbers = [Float(0), 0.25, 0.5, 0.75].withUnsafeBytes { Data($0) }
    let place = try #require(bytes.range(of: numbers)).lowerBound + 5
    bytes[place] ^= 4
    try bytes.write(to: url)
    let message = refusal(url.path)?.description ?? ""
    #expect(message.contains("/data/") && message.contains("checksum"), "\(message)")
    #expect(message.contains("flipped.pth"))
  }

  /// Any byte of a file without checksums may be wrong: reading then fails or skips, but never
  /// crashes.
  @Test func damagedPicklesNeverCrash() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(fileURLWithPath: path("legacy.pth")))
    let damaged = folder.url.appendingPathComponent("damaged.pth")
    var refused = 0
    for offset in stride(from: 0, to: whole.count, by: 2) {
      var bytes = whole
      bytes[offset] ^= offset % 4 == 0 ? 0xff : 0x11
      try bytes.write(to: damaged)
      do { _ = try TorchArchive(path: damaged.path) } catch let error as PeregrineError {
        #expect(error.code == .badData)
        refused += 1
      }
    }
    #expect(refused > 60)
  }
}
