import CTorch
import Diagnostics

/// Where a tensor lives and its operations run.
public enum Device: Hashable, Sendable, CustomStringConvertible {
  case cpu
  case cuda(Int)

  /// What `auto` stands for: the first CUDA device, or the CPU of a machine without one.
  public static let automatic: Device =
    ((try? cudaDeviceCount()) ?? 0) > 0 ? .cuda(0) : .cpu

  /// Reads `auto`, `cpu`, `cuda` or `cuda:N`, and checks that this device exists.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for another text, `.unavailable` when the device is missing.
  public init(named name: String) throws {
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts.first, parts.count) {
    case ("auto", 1):
      self = .automatic
    case ("cpu", 1):
      self = .cpu
    case ("cuda", 1...2):
      guard let index = parts.count == 2 ? Int(parts[1]) : 0, index >= 0 else { fallthrough }
      let available = try Device.cudaDeviceCount()
      guard index < available else {
        throw PeregrineError(
          .unavailable, doing: "choosing the device `\(name)`", found: "\(available) CUDA devices",
          advice: "Use `--device cpu`, or check the driver with `nvidia-smi`.")
      }
      self = .cuda(index)
    default:
      throw PeregrineError(
        .usage, doing: "choosing a device", found: "`\(name)`",
        expected: "`auto`, `cpu`, `cuda` or `cuda:N`"
      )
    }
  }

  /// The number of CUDA devices that this machine and set-up have.
  ///
  /// - Throws: ``PeregrineError`` `.unavailable` when libtorch's CUDA part is not installed.
  public static func cudaDeviceCount() throws -> Int {
    var count: Int32 = 0
    do {
      try call("looking for CUDA devices") { ct_cuda_device_count(&count, $0) }
    } catch {
      throw PeregrineError(
        .unavailable, doing: "looking for CUDA devices", found: "no CUDA libraries",
        advice: "Run `./peregrine setup --cuda`.", cause: error)
    }
    return Int(count)
  }

  /// Waits until all work queued on the device is done. Call it before stopping a clock.
  public func synchronize() throws {
    try call("waiting for the device \(self)") { ct_synchronize(native, $0) }
  }

  /// The device's name as users write it.
  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    }
  }

  init(_ native: ct_device) {
    self = native.type == Int32(CT_CUDA) ? .cuda(Int(native.index)) : .cpu
  }

  var native: ct_device {
    switch self {
    case .cpu: ct_device(type: Int32(CT_CPU), index: 0)
    case .cuda(let index): ct_device(type: Int32(CT_CUDA), index: Int32(index))
    }
  }
}
