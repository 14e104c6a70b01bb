import Diagnostics
import Foundation

/// Large arrays are made one at a time: two threads that ask for the same room would both find it.
private let turn = NSLock()

/// Arrays whose size comes from outside: there is a message instead of a crash if they do not fit.
extension Array {
  /// An array of `count` numbers, all of which `write` sets.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` without room for them; what `write` throws.
  package init(
    count: Int, doing: @autoclosure () -> String,
    filledBy write: (UnsafeMutableBufferPointer<Element>) throws -> Void
  ) throws where Element: BitwiseCopyable {
    turn.lock()
    do { try Self.requireRoom(count, doing()) } catch {
      turn.unlock()
      throw error
    }
    try self.init(unsafeUninitializedCapacity: count) { target, written in
      turn.unlock()
      try write(UnsafeMutableBufferPointer(rebasing: target[..<count]))
      written = count
    }
  }

  /// The elements of all parts, one part after the other.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` without room for them.
  package init(
    joining parts: [some Collection<Element>], doing: @autoclosure () -> String
  ) throws {
    self = []
    try reserve(parts.reduce(0) { $0 + $1.count }, doing: doing())
    for part in parts { self += part }
  }

  /// Makes room for `count` elements in all.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if there is none.
  package mutating func reserve(_ count: Int, doing: @autoclosure () -> String) throws {
    try turn.withLock {
      try Self.requireRoom(count, doing())
      reserveCapacity(count)
    }
  }

  private static func requireRoom(_ count: Int, _ doing: @autoclosure () -> String) throws {
    let bytes = [count, MemoryLayout<Element>.stride].checkedProduct ?? .max
    try requireMemory(bytes, doing: doing())
  }
}
