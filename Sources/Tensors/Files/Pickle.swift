import Diagnostics

/// Reads a Python pickle without running any of its code.
///
/// A pickle is a program for a stack machine. This reader knows the opcodes of protocols 2 to 5.
/// Objects of unknown classes become ``PickledValue/other``, so that the rest stays readable.
/// - Source: CPython's `pickletools`, which documents every opcode.
struct Pickle {
  private let bytes: [UInt8]
  private var position = 0
  private var stack: [PickledValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickledValue] = [:]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The tensors in the value, under their flattened names.
  func tensors() throws -> [(name: String, tensor: PickledTensor)] {
    var reader = self
    var flattened = Flattening()
    try flattened.add(reader.value(), name: "", depth: 0)
    return flattened.tensors
  }

  /// Runs the program up to its end.
  private mutating func value() throws -> PickledValue {
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
    case UInt8(ascii: "N"), 0x88, 0x89: stack.append(.other)
    case UInt8(ascii: "G"): try skip(8)
    case UInt8(ascii: "K"): stack.append(.integer(try length(1)))
    case UInt8(ascii: "M"): stack.append(.integer(try length(2)))
    case UInt8(ascii: "J"):
      stack.append(.integer(Int(Int32(truncatingIfNeeded: try length(4)))))
    case 0x8a: try longInteger(length(1))
    case 0x8b: try longInteger(length(4))
    case UInt8(ascii: "X"): stack.append(.text(try text(length(4))))
    case UInt8(ascii: "U"), 0x8c: stack.append(.text(try text(length(1))))
    case 0x8d: stack.append(.text(try text(length(8))))
    case UInt8(ascii: "C"): try skip(length(1))
    case UInt8(ascii: "B"), UInt8(ascii: "T"): try skip(length(4))
    case 0x8e, 0x96: try skip(length(8))
    default: return false
    }
    return true
  }

  /// Tuples, lists, dictionaries and sets.
  private mutating func container(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: ")"): stack.append(.tuple([]))
    case UInt8(ascii: "t"): stack.append(.tuple(try popToMark()))
    case 0x85...0x87:
      var items: [PickledValue] = []
      for _ in 0x85...opcode { items.insert(try pop(), at: 0) }
      stack.append(.tuple(items))
    case UInt8(ascii: "]"): stack.append(.list(PickledList()))
    case UInt8(ascii: "}"): stack.append(.dictionary(PickledDictionary()))
    case UInt8(ascii: "a"), UInt8(ascii: "e"), 0x90:
      let items = opcode == UInt8(ascii: "a") ? [try pop()] : try popToMark()
      if case .list(let list) = try top() { list.items += items }
    case UInt8(ascii: "s"):
      let value = try pop()
      let key = try pop()
      try insert([key, value])
    case UInt8(ascii: "u"):
      let items = try popToMark()
      try insert(items)
    case 0x8f: stack.append(.other)
    case 0x91:
      _ = try popToMark()
      stack.append(.other)
    default: return false
    }
    return true
  }

  /// Classes, calls and persistent identifiers.
  private mutating func object(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "c"): stack.append(.global(try line() + "." + line()))
    case 0x93:
      let (name, module) = (try pop(), try pop())
      stack.append(.global("\(module.name ?? "").\(name.name ?? "")"))
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      stack.append(.calling(try pop(), arguments))
    case 0x92:
      _ = try pop()
      let arguments = try pop()
      stack.append(.calling(try pop(), arguments))
    case UInt8(ascii: "b"): _ = try pop()  // an object's state: never part of a tensor's value
    case UInt8(ascii: "Q"): stack.append(.persistent(try pop()))
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
    case UInt8(ascii: "h"): stack.append(try recall(length(1)))
    case UInt8(ascii: "j"): stack.append(try recall(length(4)))
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    default: return false
    }
    return true
  }
}

// MARK: The stack

extension Pickle {
  private func top() throws -> PickledValue {
    guard let last = stack.last, stack.count > marks.last ?? 0 else {
      throw damaged("an empty stack at byte \(position)", "a value")
    }
    return last
  }

  private mutating func pop() throws -> PickledValue {
    _ = try top()
    return stack.removeLast()
  }

  private mutating func popToMark() throws -> [PickledValue] {
    guard let mark = marks.popLast(), mark <= stack.count else {
      throw damaged("no mark at byte \(position)", "one")
    }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func recall(_ index: Int) throws -> PickledValue {
    guard let value = memo[index] else {
      throw damaged("nothing under memo \(index)", "a value")
    }
    return value
  }

  /// Extends the dictionary on top by alternating keys and values; for other objects nothing is
  /// kept.
  private func insert(_ items: [PickledValue]) throws {
    guard items.count % 2 == 0 else { throw damaged("a key without a value", "pairs") }
    guard case .dictionary(let dictionary) = try top() else { return }
    for index in stride(from: 0, to: items.count, by: 2) {
      dictionary.entries.append((items[index], items[index + 1]))
    }
  }
}

// MARK: The bytes

extension Pickle {
  private mutating func byte() throws -> UInt8 {
    guard position < bytes.count else {
      throw damaged("the end of the pickle", "more of its \(bytes.count) bytes")
    }
    position += 1
    return bytes[position - 1]
  }

  /// An unsigned little-endian number of up to eight bytes.
  private mutating func length(_ width: Int) throws -> Int {
    var number: UInt64 = 0
    for index in 0..<width { number |= UInt64(try byte()) << UInt64(8 * index) }
    return Int(clamping: number)
  }

  private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else {
      throw damaged("a value of \(count) bytes", "at most \(bytes.count - position)")
    }
    position += count
    return bytes[position - count..<position]
  }

  private mutating func text(_ count: Int) throws -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  private mutating func skip(_ count: Int) throws {
    _ = try take(count)
    stack.append(.other)
  }

  private mutating func line() throws -> String {
    let start = position
    while try byte() != UInt8(ascii: "\n") {}
    return String(decoding: bytes[start..<position - 1], as: UTF8.self)
  }

  /// A two's complement integer; values beyond 64 bits are not needed.
  private mutating func longInteger(_ width: Int) throws {
    let digits = try take(width)
    guard width <= 8 else { return stack.append(.other) }
    let negative = (digits.last ?? 0) >= 0x80
    let number = digits.reversed().reduce(negative ? -1 : 0) { $0 << 8 | Int($1) }
    stack.append(.integer(number))
  }

  private func damaged(_ found: String, _ expected: String) -> PeregrineError {
    PeregrineError(
      .badData, doing: "reading the archive's pickle", found: found, expected: expected)
  }
}

/// Walks through a value and collects its tensors under joined names.
private struct Flattening {
  private(set) var tensors: [(name: String, tensor: PickledTensor)] = []
  private var visits = 0

  /// Damaged files can contain values that contain themselves.
  private static let (deepest, mostVisits) = (64, 10_000_000)

  mutating func add(_ value: PickledValue, name: String, depth: Int) throws {
    visits += 1
    guard depth < Self.deepest, visits < Self.mostVisits else {
      throw PeregrineError(
        .badData, doing: "collecting the tensors of an archive", found: "endless nesting")
    }
    let prefix = name.isEmpty ? "" : name + "."
    switch value {
    case .tensor(let tensor):
      tensors.append((name, tensor))
    case .dictionary(let dictionary):
      for (key, value) in dictionary.entries {
        guard let key = key.name else { continue }
        try add(value, name: prefix + key, depth: depth + 1)
      }
    case .list(let list):
      for (index, value) in list.items.enumerated() {
        try add(value, name: prefix + String(index), depth: depth + 1)
      }
    case .tuple(let items):
      for (index, value) in items.enumerated() {
        try add(value, name: prefix + String(index), depth: depth + 1)
      }
    default: break
    }
  }
}
