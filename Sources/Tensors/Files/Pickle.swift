import Diagnostics
import Foundation

/// Reads Python pickles without running any of their code.
///
/// A pickle is a program for a stack machine. This reader knows the opcodes of protocols 2 to 5.
/// Objects of unknown classes become ``PickledValue/other``, so that the rest stays readable. The
/// memory that it needs is limited by the size of the pickle.
/// - Source: CPython's `pickletools`, which documents every opcode.
struct Pickle {
  /// The values of all programs read so far.
  private(set) var values = PickledValues()
  /// The storages that the values refer to, by key.
  private(set) var storages: [String: PickledStorage] = [:]
  /// Where the next program starts.
  private(set) var position: Int

  private let data: Data
  private var stack: [Int] = []
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]

  /// Names of tensors and classes are shorter.
  private static let longestText = 4_096
  /// Names of the classes that matter are shorter.
  private static let longestClass = 128

  /// Reads programs from a byte of some data on.
  init(_ data: Data, from position: Int = 0) {
    self.data = data
    self.position = position
  }

  /// Runs the next program up to its end, and returns the place of its value.
  mutating func read() throws -> Int {
    (stack, marks, memo) = ([], [], [:])
    while true {
      let opcode = try byte()
      if opcode == UInt8(ascii: ".") { return try pop() }
      guard
        try literal(opcode) || container(opcode) || object(opcode) || memory(opcode)
      else { throw damaged("opcode \(opcode) at byte \(position - 1)", "one of protocol 2 to 5") }
    }
  }

  /// Numbers, texts and constants.
  private mutating func literal(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "N"): try push(.other)
    case 0x88, 0x89: try push(.truth(opcode == 0x88))
    case UInt8(ascii: "G"): try skip(8)
    case UInt8(ascii: "K"): try push(.integer(try length(1)))
    case UInt8(ascii: "M"): try push(.integer(try length(2)))
    case UInt8(ascii: "J"):
      try push(.integer(Int(Int32(truncatingIfNeeded: try length(4)))))
    case 0x8a: try longInteger(length(1))
    case 0x8b: try longInteger(length(4))
    case UInt8(ascii: "X"): try text(length(4))
    case UInt8(ascii: "U"), 0x8c: try text(length(1))
    case UInt8(ascii: "T"): try text(length(4))
    case 0x8d: try text(length(8))
    case UInt8(ascii: "C"): try skip(length(1))
    case UInt8(ascii: "B"): try skip(length(4))
    case 0x8e, 0x96: try skip(length(8))
    default: return false
    }
    return true
  }

  /// Tuples, lists, dictionaries and sets.
  private mutating func container(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: ")"): try push(.tuple([]))
    case UInt8(ascii: "t"): try push(.tuple(try popToMark()))
    case 0x85...0x87:
      let items = try (0x85...opcode).map { _ in try pop() }
      try push(.tuple(items.reversed()))
    case UInt8(ascii: "]"): try push(.list([]))
    case UInt8(ascii: "}"): try push(.dictionary([]))
    case UInt8(ascii: "a"):
      let item = try pop()
      values.extend(try top(), by: [item])
    case UInt8(ascii: "e"), 0x90:
      let items = try popToMark()
      values.extend(try top(), by: items)
    case UInt8(ascii: "s"):
      let value = try pop()
      let key = try pop()
      values.extend(try top(), by: [key, value])
    case UInt8(ascii: "u"):
      let items = try popToMark()
      guard items.count % 2 == 0 else { throw damaged("a key without a value", "pairs") }
      values.extend(try top(), by: items)
    case 0x8f: try push(.other)
    case 0x91:
      _ = try popToMark()
      try push(.other)
    default: return false
    }
    return true
  }

  /// Classes, calls and persistent identifiers.
  private mutating func object(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "c"): try push(.global(try line() + "." + line()))
    case 0x93:
      let (name, module) = (try pop(), try pop())
      let text = "\(values[module].name ?? "").\(values[name].name ?? "")"
      try push(text.utf8.count > Self.longestClass ? .other : .global(text))
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      try call(try pop(), arguments)
    case 0x92:
      _ = try pop()
      let arguments = try pop()
      try call(try pop(), arguments)
    case UInt8(ascii: "b"): _ = try pop()  // an object's state: never part of a tensor's value
    case UInt8(ascii: "Q"):
      let value = values.persistent(try pop())
      if case .storage(let storage) = value { storages[storage.key] = storage }
      try push(value)
    default: return false
    }
    return true
  }

  /// The memo, stack housekeeping and framing.
  private mutating func memory(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case 0x80: _ = try byte()
    case 0x95: _ = try length(8)
    case UInt8(ascii: "q"): memo[try length(1)] = try top()
    case UInt8(ascii: "r"): memo[try length(4)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try push(place: try recall(length(1)))
    case UInt8(ascii: "j"): try push(place: try recall(length(4)))
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): try push(place: try top())
    default: return false
    }
    guard memo.count <= PickledValues.most else { throw tooMany }
    return true
  }

  /// Pushes the result of calling a function.
  private mutating func call(_ function: Int, _ arguments: Int) throws {
    switch values.calling(function, arguments) {
    case .known(let place): try push(place: place)
    case .made(let value): try push(value)
    }
  }
}

// MARK: The stack

extension Pickle {
  private mutating func push(_ value: PickledValue) throws {
    guard let place = values.add(value) else { throw tooMany }
    try push(place: place)
  }

  private mutating func push(place: Int) throws {
    guard stack.count < PickledValues.most else { throw tooMany }
    stack.append(place)
  }

  private func top() throws -> Int {
    guard let last = stack.last, stack.count > marks.last ?? 0 else {
      throw damaged("an empty stack at byte \(position)", "a value")
    }
    return last
  }

  private mutating func pop() throws -> Int {
    _ = try top()
    return stack.removeLast()
  }

  private mutating func popToMark() throws -> [Int] {
    guard let mark = marks.popLast(), mark <= stack.count else {
      throw damaged("no mark at byte \(position)", "one")
    }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func recall(_ index: Int) throws -> Int {
    guard let place = memo[index] else {
      throw damaged("nothing under memo \(index)", "a value")
    }
    return place
  }
}

// MARK: The bytes

extension Pickle {
  private mutating func byte() throws -> UInt8 {
    guard position < data.count else {
      throw damaged("the end of the file's \(data.count) bytes", "more: the rest is missing")
    }
    position += 1
    return data[data.startIndex + position - 1]
  }

  /// An unsigned little-endian number of up to eight bytes.
  private mutating func length(_ width: Int) throws -> Int {
    var number: UInt64 = 0
    for index in 0..<width { number |= UInt64(try byte()) << UInt64(8 * index) }
    return Int(clamping: number)
  }

  private mutating func take(_ count: Int) throws -> Data {
    guard count <= data.count - position else {
      throw damaged("a value of \(count) bytes", "at most the \(data.count - position) that follow")
    }
    position += count
    return data[data.startIndex + position - count..<data.startIndex + position]
  }

  /// Pushes a text; long ones are no names and are not kept.
  private mutating func text(_ count: Int) throws {
    let bytes = try take(count)
    try push(count > Self.longestText ? .other : .text(String(decoding: bytes, as: UTF8.self)))
  }

  private mutating func skip(_ count: Int) throws {
    _ = try take(count)
    try push(.other)
  }

  private mutating func line() throws -> String {
    let start = position
    while try byte() != UInt8(ascii: "\n") {
      guard position - start <= Self.longestText else {
        throw damaged("a class name of more than \(Self.longestText) bytes", "a name")
      }
    }
    let bytes = data[data.startIndex + start..<data.startIndex + position - 1]
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A two's complement integer; values beyond 64 bits are not needed.
  private mutating func longInteger(_ width: Int) throws {
    let digits = try take(width)
    guard width <= 8 else { return try push(.other) }
    let negative = (digits.last ?? 0) >= 0x80
    let number = digits.reversed().reduce(negative ? -1 : 0) { $0 << 8 | Int($1) }
    try push(.integer(number))
  }

  private var tooMany: PeregrineError {
    damaged("more than \(PickledValues.most) values", "fewer, as in a file of weights")
  }

  private func damaged(_ found: String, _ expected: String) -> PeregrineError {
    PeregrineError(.badData, doing: "reading its pickle", found: found, expected: expected)
  }
}
