import Foundation

/// The memory of this process, as the kernel counts it.
public enum ProcessMemory {
  /// Resident memory now, in bytes; `nil` when the system does not tell.
  public static var residentBytes: Int? { field("VmRSS") }

  /// The most that was resident at any time, in bytes; `nil` when the system does not tell.
  public static var peakResidentBytes: Int? { field("VmHWM") }

  private static func field(_ name: String) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
      return nil
    }
    return kilobytes(name, inStatus: status).map { $0 * 1_024 }
  }

  /// The number of a line such as `VmRSS:     1234 kB`.
  static func kilobytes(_ name: String, inStatus status: String) -> Int? {
    status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      .flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }
      .flatMap { Int($0) }
  }
}
