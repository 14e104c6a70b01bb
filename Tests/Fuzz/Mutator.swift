import DiffusionMath
import Foundation

/// Damages bytes at random; the same seed, subject and round give the same damage.
struct Mutator {
  private var stream: RandomStream

  init(seed: UInt64, subject: String, round: Int) {
    stream = RandomStream(seed: seed, purpose: "fuzz/\(subject)", index: UInt64(round))
  }

  /// A number from 0 to below `count`.
  mutating func below(_ count: Int) -> Int { Int(stream.next() % UInt64(max(1, count))) }

  private mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }

  /// The bytes with one to four kinds of damage.
  mutating func damaged(_ data: Data) -> Data {
    var bytes = Array(data)
    for _ in 0...below(4) { damage(&bytes) }
    return Data(bytes.prefix(1 << 22))
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return bytes = Array("[]".utf8) }
    switch below(10) {
    case 0: bytes[below(bytes.count)] ^= 1 << UInt8(below(8))
    case 1: bytes[below(bytes.count)] = UInt8(below(256))
    case 2: bytes.removeLast(below(bytes.count))
    case 3: bytes.removeSubrange(span(of: bytes))
    case 4:
      let part = Array(bytes[span(of: bytes)])
      let copies = pick([1, 1, 2, 64])
      bytes.insert(
        contentsOf: (0..<copies).flatMap { _ in part }.prefix(1 << 20), at: below(bytes.count))
    case 5: swapSpans(&bytes)
    case 6: overwriteInteger(&bytes)
    case 7, 8: replaceNumber(&bytes)
    default: nest(&bytes)
    }
  }

  /// A span, mostly a short one.
  private mutating func span(of bytes: [UInt8]) -> Range<Int> {
    let start = below(bytes.count)
    let most = pick([1, 4, 16, 256, bytes.count])
    return start..<min(bytes.count, start + 1 + below(most))
  }

  private mutating func swapSpans(_ bytes: inout [UInt8]) {
    let (first, second) = (span(of: bytes), span(of: bytes))
    for (one, other) in zip(first, second) { bytes.swapAt(one, other) }
  }

  /// Writes an integer at a limit over some bytes: a length, an offset or a size of a binary file.
  private mutating func overwriteInteger(_ bytes: inout [UInt8]) {
    let values: [UInt64] = [
      0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 40,
      0x7FFF_FFFF_FFFF_FFFF, 1 << 63, .max, .max - 15, UInt64(bytes.count), stream.next(),
    ]
    let value = pick(values)
    let width = pick([1, 2, 4, 8])
    let start = below(bytes.count)
    let isLittle = below(2) == 0
    for place in 0..<width where start + place < bytes.count {
      let shift = UInt64(8 * (isLittle ? place : width - 1 - place))
      bytes[start + place] = UInt8(truncatingIfNeeded: value >> shift)
    }
  }

  /// Replaces a number that is written in digits.
  private mutating func replaceNumber(_ bytes: inout [UInt8]) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let from = below(bytes.count)
    guard
      let start = bytes[from...].firstIndex(where: digits.contains)
        ?? bytes.firstIndex(where: digits.contains)
    else { return }
    let end =
      bytes[start...].firstIndex { !digits.contains($0) && $0 != UInt8(ascii: ".") } ?? bytes.count
    let texts = [
      "0", "-1", "1", "2", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
      "18446744073709551615", "4294967296", "1099511627776", "1e308", "1e999", "-1e308", "1e-320",
      "0.5", "NaN", "Infinity", "null", "true", "\"\"", "[]", "{}", "[1,[2]]", "1:59:59", ".nan",
    ]
    bytes.replaceSubrange(start..<end, with: Array(pick(texts).utf8))
  }

  /// Inserts nested brackets, or repeats what opens something.
  private mutating func nest(_ bytes: inout [UInt8]) {
    let opening = pick(["[", "{\"a\":", "(", "{", "- ", "&a [*a, ", "\u{80}\u{2}]", "(lp0\n", "\""])
    let count = pick([1, 8, 100, 2_000, 100_000])
    let text = (0..<count).flatMap { _ in Array(opening.utf8) }
    bytes.insert(contentsOf: text.prefix(1 << 20), at: pick([0, below(bytes.count)]))
  }
}
