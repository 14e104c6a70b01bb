import Diagnostics
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  private let folder: TemporaryFolder
  private var url: URL { folder.url.appendingPathComponent("x.safetensors") }

  init() throws { folder = try TemporaryFolder() }

  @Test func everyElementTypeRoundTrips() throws {
    var tensors: [(name: String, tensor: Tensor)] = []
    for dtype in DType.allCases {
      tensors.append(
        ("of/\(dtype)", try Tensor([0.0, 1, 1, 0, 1, 0], shape: [3, 2], dtype: dtype)))
    }
    tensors.append(("scalar", try Tensor.full(-2.5, shape: [], dtype: .float64)))
    tensors.append(("empty", try Tensor.zeros([0, 7])))
    tensors.append(("view", try Tensor([1, 2, 3, 4], shape: [2, 2]).permuted([1, 0])))
    try SafetensorsFile.write(tensors, metadata: ["format": "pt", "ü \"x\"": "a\nb"], to: url)

    let file = try SafetensorsFile(url)
    #expect(file.metadata == ["format": "pt", "ü \"x\"": "a\nb"])
    #expect(file.names == tensors.map(\.name).sorted())
    let read = try file.tensors()
    for (name, tensor) in tensors {
      let back = try #require(read[name])
      #expect(back.shape == tensor.shape && back.dtype == tensor.dtype)
      #expect(try back.bytes() == tensor.bytes())
    }
    #expect(try read["view"]?.scalars(Float.self) == [1, 3, 2, 4])
  }

  /// The values start at a multiple of 8, as other readers like it.
  @Test func theLayoutIsTheFormats() throws {
    try SafetensorsFile.write([("a", try Tensor([1, 2], shape: [2]))], to: url)
    let bytes = [UInt8](try Data(contentsOf: url))
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length % 8 == 0)
    #expect(Array(bytes[(8 + length)...]) == [Float(1), 2].withUnsafeBytes { Array($0) })
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
    let fields = try #require((header as? [String: [String: Any]])?["a"])
    #expect(fields["dtype"] as? String == "F32")
    #expect(fields["shape"] as? [Int] == [2])
    #expect(fields["data_offsets"] as? [Int] == [0, 8])
  }

  @Test func narrowIntegersAreWidened() throws {
    let header = """
      {"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},\
      "b":{"dtype":"I16","shape":[2],"data_offsets":[2,6]},\
      "c":{"dtype":"I32","shape":[1],"data_offsets":[6,10]}}
      """
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    bytes += Data(header.utf8) + Data([0xFF, 0x7F, 0xFE, 0xFF, 0x00, 0x01, 0x00, 0x00, 0x00, 0x80])
    try bytes.write(to: url)
    let file = try SafetensorsFile(url)
    let expected: [String: [Int64]] = ["a": [-1, 127], "b": [-2, 256], "c": [-2_147_483_648]]
    for (name, values) in expected {
      let tensor = try file.tensor(name)
      #expect(tensor.dtype == .int64)
      #expect(try tensor.scalars(Int64.self) == values)
    }
  }

  /// 8-bit floats: 1.5, −0.0, the largest and the smallest number, and what is not a number.
  @Test func otherTypesAreConverted() throws {
    let values: [UInt8] = [0x3C, 0x80, 0x7E, 0x01, 0x7F, 0x3E, 0x7B, 0x7C, 0xFC, 0x01]
    let words: [UInt8] = [0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 0, 0, 0]
    try write(
      "{" + Self.entry("e4m3", "F8_E4M3", "[5]", "[0,5]") + ","
        + Self.entry("e5m2", "F8_E5M2", "[5]", "[5,10]") + ","
        + Self.entry("u16", "U16", "[1]", "[10,12]") + ","
        + Self.entry("u32", "U32", "[1]", "[12,16]") + ","
        + Self.entry("u64", "U64", "[1]", "[16,24]") + "}", bytes: Data(values + words))
    let file = try SafetensorsFile(url)
    let first = try file.tensor("e4m3").scalars(Float.self)
    #expect(first.prefix(4) == [1.5, 0, 448, 0x1p-9] && first[4].isNaN)
    #expect(
      try file.tensor("e5m2").scalars(Float.self) == [1.5, 57_344, .infinity, -.infinity, 0x1p-16])
    #expect(try file.tensor("u16").scalars(Int64.self) == [65_535])
    #expect(try file.tensor("u32").scalars(Int64.self) == [Int64(UInt32.max) - 1])
    #expect(try file.tensor("u64").scalars(Int64.self) == [2])
  }

  /// Complex numbers are no reason to refuse the rest of the file.
  @Test func unreadableTensorsFailWhenTheyAreUsed() throws {
    try write(
      "{" + Self.entry("a", "F32", "[2]", "[0,8]") + ","
        + Self.entry("b", "C64", "[1]", "[8,16]") + "}")
    let file = try SafetensorsFile(url)
    #expect(try file.tensor("a").shape == [2])
    #expect(try file.tensors().keys.sorted() == ["a"])
    #expect(file.unreadable.map(\.name) == ["b"])
    let error = #expect(throws: PeregrineError.self) { try file.tensor("b") }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("`b`") == true && error?.found.contains("C64") == true)
  }

  // MARK: Damage

  /// A file with this header text (and its true length unless another is given) and values.
  private func write(
    _ header: String, length: UInt64? = nil, bytes: Data = Data(count: 16)
  ) throws {
    var data = Data()
    withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) {
      data.append(contentsOf: $0)
    }
    data.append(Data(header.utf8))
    data.append(bytes)
    try data.write(to: url)
  }

  private static func entry(
    _ name: String, _ dtype: String = "F32", _ shape: String, _ offsets: String
  ) -> String {
    "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  @Test(
    arguments: [
      ("a header beyond the file", "{}", UInt64(1_000), "header length"),
      ("a huge length", "{}", .max, "header length"),
      ("not JSON", "{not json}", nil, "not a JSON object"),
      ("a list", "[1, 2]", nil, "not a JSON object"),
      (
        "a name twice",
        "{\(entry("a", "F32", "[2]", "[0,8]")),\(entry("\\u0061", "F32", "[2]", "[8,16]"))}", nil,
        "`a` occurs twice"
      ),
      (
        "a field twice", #"{"a":{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
        nil, "occurs twice"
      ),
      ("other metadata", #"{"__metadata__":{"a":[1]}}"#, nil, "__metadata__"),
      ("brackets", "{\"a\":" + String(repeating: "[", count: 200_000) + "}", nil, "nested"),
      ("a truth value as a size", "{\(entry("a", "F32", "[true]", "[0,16]"))}", nil, "`a`"),
      ("a negative offset", "{\(entry("a", "F32", "[4]", "[-16,0]"))}", nil, "[-16, 0]"),
      ("offsets in reverse", "{\(entry("a", "F32", "[4]", "[16,0]"))}", nil, "[16, 0]"),
      (
        "an overlap",
        "{\(entry("a", "F32", "[3]", "[0,12]")),\(entry("b", "F32", "[2]", "[8,16]"))}",
        nil, "byte 8"
      ),
      (
        "a gap", "{\(entry("a", "F32", "[1]", "[0,4]")),\(entry("b", "F32", "[2]", "[8,16]"))}",
        nil,
        "byte 8"
      ),
      ("values left over", "{\(entry("a", "F32", "[2]", "[0,8]"))}", nil, "78 bytes"),
      ("another length than the shape's", "{\(entry("a", "F32", "[5]", "[0,16]"))}", nil, "20"),
      (
        "values cut off", "{\(entry("a", "F32", "[8]", "[0,32]"))}", nil,
        "found 79 bytes; expected 95"
      ),
      (
        "a shape beyond numbers",
        "{\(entry("a", "F32", "[4611686018427387904,8]", "[0,16]"))}", nil, "of `a`"
      ),
      ("a negative size", "{\(entry("a", "F32", "[-2,-2]", "[0,16]"))}", nil, "`a`"),
      ("a fractional size", "{\(entry("a", "F32", "[1.5]", "[0,16]"))}", nil, "`a`"),
      ("no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,16]}}", nil, "`a`"),
      ("three offsets", "{\(entry("a", "F32", "[4]", "[0,8,16]"))}", nil, "[0, 8, 16]"),
      ("an entry that is a number", "{\"a\":7}", nil, "`a`"),
      ("objects in an entry", #"{"a":{"b":{"c":1}}}"#, nil, "`a` without dtype"),
    ] as [(String, String, UInt64?, String)])
  func damageIsNamed(what: String, header: String, length: UInt64?, word: String) throws {
    try write(header, length: length)
    let error = #expect(throws: PeregrineError.self, "\(what)") { try SafetensorsFile(url) }
    #expect(error?.code == .badData)
    let message = error?.description ?? ""
    #expect(message.contains(url.path) && message.contains(word), "\(word) in: \(message)")
  }

  /// A file of a gigabyte may become eight: the memory is asked for first.
  @Test func whatIsWidenedMustFitIntoMemory() throws {
    let count = Int(ProcessInfo.processInfo.physicalMemory / 8)
    try write("{\(Self.entry("a", "I8", "[\(count)]", "[0,\(count)]"))}", bytes: Data())
    let file = try FileHandle(forWritingTo: url)
    try file.truncate(atOffset: file.seekToEnd() + UInt64(count))
    let error = #expect(throws: PeregrineError.self) { try SafetensorsFile(url).tensor("a") }
    #expect(error?.code == .outOfMemory)
    #expect(error?.doing.contains("type I8") == true)
  }

  @Test(arguments: [0, 3, 7, 8]) func shortFilesAreDamaged(length: Int) throws {
    try Data(repeating: 1, count: length).write(to: url)
    let error = #expect(throws: PeregrineError.self) { try SafetensorsFile(url) }
    #expect(error?.code == .badData)
  }

  @Test func aMissingFileIsMissing() {
    let error = #expect(throws: PeregrineError.self) { try SafetensorsFile(url) }
    #expect(error?.code == .missingInput)
    #expect(error?.description.contains(url.path) == true)
  }

  @Test func aMissingNameSuggestsTheNearest() throws {
    try SafetensorsFile.write(
      [("blocks.0.attn.qkv.weight", try .zeros([1])), ("pos_embed", try .zeros([1]))], to: url)
    let file = try SafetensorsFile(url)
    let error = #expect(throws: PeregrineError.self) { try file.tensor("blocks.0.attn.qvk.weight") }
    #expect(error?.code == .badData)
    #expect(error?.advice == "Did you mean `blocks.0.attn.qkv.weight`?")
  }

  // MARK: Writing

  @Test func writingReplacesAFileWholeOrNotAtAll() throws {
    try SafetensorsFile.write([("a", try .zeros([3]))], to: url)
    try SafetensorsFile.write([("b", try .ones([2]))], to: url)
    #expect(try SafetensorsFile(url).names == ["b"])
    let before = try Data(contentsOf: url)
    let twice = [("c", try Tensor.zeros([1])), ("c", try Tensor.zeros([1]))]
    #expect(throws: PeregrineError.self) { try SafetensorsFile.write(twice, to: url) }
    #expect(throws: PeregrineError.self) {
      try SafetensorsFile.write(twice, to: url.appendingPathComponent("below.safetensors"))
    }
    #expect(try Data(contentsOf: url) == before)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["x.safetensors"])
  }
}
