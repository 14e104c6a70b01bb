import Diagnostics
import Foundation

/// Checks that there is room for an allocation whose size comes from outside.
///
/// Swift ends the process when an allocation fails, so large ones are asked for here first. Sizes
/// below 8 MB are not checked, because the question takes longer than such an allocation.
///
/// - Parameter doing: what the memory is for, as a participle.
/// - Throws: ``PeregrineError`` `.outOfMemory` with the free and the needed bytes.
package func requireMemory(_ bytes: Int, doing: @autoclosure () -> String) throws {
  guard bytes >= 8_000_000, let free = MemoryRoom.freeBytes(for: bytes),
    bytes > free - MemoryRoom.reserve
  else { return }
  throw PeregrineError(
    .outOfMemory, doing: doing(), found: "\(Readable.bytes(max(0, free))) of free memory",
    expected: "\(Readable.bytes(bytes)) and a reserve of \(Readable.bytes(MemoryRoom.reserve))",
    advice: PeregrineError.withLessMemory)
}

extension PeregrineError {
  /// What to do when memory does not suffice.
  package static let withLessMemory =
    "Use smaller pictures, batches, models or files, end other programs, or raise the limit "
    + "(`ulimit -v`)."
}

/// Checks that the process's own limit leaves room for threads: their stacks, and what each
/// allocates.
///
/// - Throws: ``PeregrineError`` `.outOfMemory`; without a limit, never.
package func requireThreads(_ count: Int, doing: String) throws {
  let needed = count * MemoryRoom.perThread
  guard let free = MemoryRoom.addressSpace, needed > free - MemoryRoom.reserve else { return }
  throw PeregrineError(
    .outOfMemory, doing: doing,
    found: "a limit on memory that leaves \(Readable.bytes(max(0, free)))",
    expected: "\(Readable.bytes(needed)) for \(count) threads and a reserve of "
      + "\(Readable.bytes(MemoryRoom.reserve))",
    advice: "Raise the limit (`ulimit -v`), or use fewer threads.")
}

/// The memory that this process can still get.
package enum MemoryRoom {
  /// What must stay free for all the small things.
  static let reserve = 32_000_000

  /// The stack of a thread, and what it allocates at its start.
  static let perThread = 24_000_000

  /// The least of what the machine, the control group and the process's own limits leave; `nil`
  /// where the system does not say.
  package static var freeBytes: Int? { freeBytes(for: .max) }

  /// As ``freeBytes``. The process's own limit does not count where freed memory that the allocator
  /// kept has room for so many bytes.
  static func freeBytes(for bytes: Int) -> Int? {
    var limits = [machine, controlGroup].compactMap { $0 }
    if let limit = addressSpace, bytes > limit - reserve, !isInAllocator(bytes) {
      limits.append(limit)
    }
    return limits.min()
  }

  /// Whether the allocator gives so many bytes and the reserve; they are returned untouched.
  private static func isInAllocator(_ bytes: Int) -> Bool {
    // A pair of `malloc` and `free` is removed by the optimizer, which takes it for successful.
    var block: UnsafeMutableRawPointer?
    guard bytes < .max - reserve, posix_memalign(&block, 16, bytes + reserve) == 0 else {
      return false
    }
    free(block)
    return true
  }

  private static var machine: Int? {
    guard let text = text("/proc/meminfo") else { return nil }
    let values = numbers(text)
    return values["MemAvailable:"].map { ($0 + (values["SwapFree:"] ?? 0)) * 1_024 }
  }

  /// Of a control group (version 2), files in its cache do not count as used.
  private static var controlGroup: Int? {
    let folder = "/sys/fs/cgroup/memory."
    guard let limit = text(folder + "max").flatMap(Int.init),
      let used = text(folder + "current").flatMap(Int.init)
    else { return nil }
    let values = numbers(text(folder + "stat") ?? "")
    return limit - used + (values["inactive_file"] ?? 0) + (values["active_file"] ?? 0)
  }

  /// What the process's own limit (`ulimit -v`) leaves; `nil` without one.
  static var addressSpace: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < rlim_t(Int.max),
      let pages = text("/proc/self/statm")?.split(separator: " ").first.flatMap({ Int($0) })
    else { return nil }
    return Int(limit.rlim_cur) - pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// Numbers by the word before them, line by line.
  private static func numbers(_ text: String) -> [Substring: Int] {
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    return Dictionary(
      lines.compactMap { line in
        line.count >= 2 ? Int(line[1]).map { (line[0], $0) } : nil
      }
    ) { first, _ in first }
  }

  private static func text(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
