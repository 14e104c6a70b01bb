import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

/// Small files that ask for much memory, a deep stack or an endless search, and files that lie.
@Suite struct HostileTorchFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ file: HandmadeTorchFile) throws -> TorchArchive {
    let url = folder.url.appendingPathComponent("x.pth")
    try file.data.write(to: url)
    return try TorchArchive(path: url.path)
  }

  private func refusal(_ file: HandmadeTorchFile, _ words: String...) {
    let error = #expect(throws: PeregrineError.self) { _ = try read(file) }
    #expect(error?.code == .badData)
    for word in words + ["x.pth"] {
      #expect(error?.description.contains(word) == true, "\(word) in \(error?.description ?? "")")
    }
  }

  @Test func theHandmadeFormatIsTheFormat() throws {
    let file = HandmadeTorchFile(
      object: HandmadeTorchFile.dictionary(
        "a", HandmadeTorchFile.tensor("7", count: 6, offset: 1, sizes: [2, 2], strides: [1, 2])),
      storages: [("7", [0, 1, 2, 3, 4, 5])])
    let tensors = try read(file).tensors
    #expect(tensors.map(\.name) == ["a"] && tensors[0].tensor.shape == [2, 2])
    #expect(try tensors[0].tensor.scalars(Float.self) == [1, 3, 2, 4])
  }

  /// Lists, tuples, dictionaries and calls inside each other, 200,000 deep.
  @Test(arguments: ["list", "tuple", "dictionary", "call"]) func deepNesting(kind: String) {
    let depth = 200_000
    func many(_ bytes: [UInt8]) -> [UInt8] { (0..<depth).flatMap { _ in bytes } }
    let object: [UInt8] =
      switch kind {
      case "list": many([UInt8(ascii: "]")]) + many([UInt8(ascii: "a")]).dropLast()
      case "tuple": [UInt8(ascii: ")")] + many([0x85])
      case "dictionary":
        many(Array("}K\u{1}".utf8)) + [UInt8(ascii: "N")] + many([UInt8(ascii: "s")])
      default:
        Array("ctorch._tensor\n_rebuild_from_type_v2\nq\u{0}0".utf8)
          + many(Array("h\u{0}h\u{0}N".utf8)) + [UInt8(ascii: "N")]
          + many([0x87, UInt8(ascii: "R")])
      }
    let file = HandmadeTorchFile(object: object)
    if kind == "call" {
      #expect(throws: Never.self) { try read(file) }
    } else {
      refusal(file, "nested more than 64 deep", "No state dictionary is nested so deeply")
    }
  }

  @Test func aTensorHasNoMoreElementsThanItsStorage() {
    refusal(
      HandmadeTorchFile(
        object: HandmadeTorchFile.tensor("0", count: 1, sizes: [1 << 31], strides: [0]),
        storages: [("0", [1])]), "1 elements in its storage", "at least 2147483648")
  }

  @Test(
    arguments: [
      (0, [Int64.max, 2], [Int64.max, 1]), (Int64.max, [2], [1]), (0, [4], [Int64.max]),
      (0, [-1], [1]), (0, [2], [-1]), (-1, [2], [1]), (0, [2, 2], [1]), (4, [2], [1]),
    ] as [(Int64, [Int64], [Int64])])
  func impossibleViews(offset: Int64, sizes: [Int64], strides: [Int64]) {
    refusal(
      HandmadeTorchFile(
        object: HandmadeTorchFile.tensor(
          "0", count: 4, offset: offset, sizes: sizes, strides: strides),
        storages: [("0", [1, 2, 3, 4])]), "sizes")
  }

  /// An axis of one element may have any stride.
  @Test func meaninglessStridesAreRead() throws {
    let file = HandmadeTorchFile(
      object: HandmadeTorchFile.tensor("0", count: 2, sizes: [1, 2, 1], strides: [.max, 1, .max]),
      storages: [("0", [5, 6])])
    #expect(try read(file).tensors[0].tensor.scalars(Float.self) == [5, 6])
    let empty = HandmadeTorchFile(
      object: HandmadeTorchFile.tensor("0", count: 0, sizes: [0, 3], strides: [3, 1]))
    #expect(try read(empty).tensors[0].tensor.shape == [0, 3])
  }

  /// One list under 30 lists of two references each: a billion visits.
  @Test func sharedValuesAreNotVisitedWithoutEnd() {
    var object: [UInt8] = [UInt8(ascii: ")"), UInt8(ascii: "q"), 0]
    for level in UInt8(0)..<30 {
      object += [UInt8(ascii: "h"), level, UInt8(ascii: "h"), level, 0x86, UInt8(ascii: "q")]
      object += [level + 1]
    }
    refusal(HandmadeTorchFile(object: object), "contain each other")
  }

  /// 400 different views of a storage of 80 kB: 30 MB.
  @Test func sharedStoragesHaveALimit() {
    var object: [UInt8] = [UInt8(ascii: "(")]
    for offset in Int64(0)..<400 {
      object += HandmadeTorchFile.tensor(
        "0", count: 20_000, offset: offset, sizes: [19_000], strides: [1])
    }
    refusal(
      HandmadeTorchFile(
        object: object + [UInt8(ascii: "t")],
        storages: [("0", [Float](repeating: 1, count: 20_000))]), "share storages")
  }

  @Test func aCutFileSaysHowMuchIsMissing() throws {
    let file = HandmadeTorchFile(
      object: HandmadeTorchFile.tensor("0", count: 100, sizes: [100], strides: [1]),
      storages: [("0", [Float](repeating: 2, count: 100))])
    let whole = file.data
    let url = folder.url.appendingPathComponent("cut.pth")
    try whole.prefix(whole.count - 5).write(to: url)
    let error = #expect(throws: PeregrineError.self) { try TorchArchive(path: url.path) }
    #expect(error?.description.contains("\(whole.count - 5) bytes") == true)
    #expect(error?.description.contains("at least \(whole.count) bytes") == true)
    for count in stride(from: 1, to: whole.count, by: 11) {
      try whole.prefix(count).write(to: url)
      let error = #expect(throws: PeregrineError.self) { try TorchArchive(path: url.path) }
      #expect(error?.code == .badData)
    }
  }
}
