import Foundation

/// A PyTorch file in the format before 1.6, written opcode by opcode.
struct HandmadeTorchFile {
  /// The opcodes of the saved object, without the last one.
  var object: [UInt8]
  /// The storages: float32 numbers under their keys.
  var storages: [(key: String, values: [Float])] = []

  var data: Data {
    let magic: [UInt8] = [
      0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]
    let keys = [UInt8(ascii: "]")] + storages.flatMap { Self.text($0.key) + [UInt8(ascii: "a")] }
    var bytes: [UInt8] = []
    for program in [magic, Self.number(1_001), [UInt8(ascii: "}")], object, keys] {
      bytes += [0x80, 2] + program + [UInt8(ascii: ".")]
    }
    for storage in storages {
      bytes += withUnsafeBytes(of: Int64(storage.values.count).littleEndian) { Array($0) }
      bytes += storage.values.withUnsafeBytes { Array($0) }
    }
    return Data(bytes)
  }

  static func text(_ text: String) -> [UInt8] {
    [UInt8(ascii: "X")] + withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { Array($0) }
      + Array(text.utf8)
  }

  static func number(_ value: Int32) -> [UInt8] {
    [UInt8(ascii: "J")] + withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  static func long(_ value: Int64) -> [UInt8] {
    [0x8A, 8] + withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  static func tuple(_ items: [UInt8]...) -> [UInt8] {
    [UInt8(ascii: "(")] + items.flatMap { $0 } + [UInt8(ascii: "t")]
  }

  /// A call of `_rebuild_tensor_v2` on a storage of float32 numbers.
  static func tensor(
    _ key: String, count: Int32, offset: Int64 = 0, sizes: [Int64], strides: [Int64]
  ) -> [UInt8] {
    let storage =
      tuple(
        text("storage"), Array("ctorch\nFloatStorage\n".utf8), text(key), text("cpu"),
        number(count), [UInt8(ascii: "N")]) + [UInt8(ascii: "Q")]
    func numbers(_ values: [Int64]) -> [UInt8] {
      [UInt8(ascii: "(")] + values.flatMap(long) + [UInt8(ascii: "t")]
    }
    return Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8)
      + tuple(storage, long(offset), numbers(sizes), numbers(strides)) + [UInt8(ascii: "R")]
  }

  /// A dictionary of one entry.
  static func dictionary(_ key: String, _ value: [UInt8]) -> [UInt8] {
    [UInt8(ascii: "}")] + text(key) + value + [UInt8(ascii: "s")]
  }
}
