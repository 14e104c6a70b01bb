import Foundation

/// The memory of this and other processes, as reported by the kernel.
public enum ProcessMemory {
  /// Resident memory now, in bytes; `nil` if the system does not report it.
  public static var residentBytes: Int? { field("VmRSS", ofProcess: "self") }

  /// The peak of resident memory, in bytes; `nil` if the system does not report it.
  public static var peakResidentBytes: Int? { field("VmHWM", ofProcess: "self") }

  /// The peak of resident memory of another process of this user.
  public static func peakResidentBytes(ofProcess process: Int32) -> Int? {
    field("VmHWM", ofProcess: "\(process)")
  }

  private static func field(_ name: String, ofProcess process: String) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    else { return nil }
    return kilobytes(name, inStatus: status).map { $0 * 1_024 }
  }

  /// The number in a line such as `VmRSS:     1234 kB`.
  static func kilobytes(_ name: String, inStatus status: String) -> Int? {
    status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      .flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }
      .flatMap { Int($0) }
  }
}
