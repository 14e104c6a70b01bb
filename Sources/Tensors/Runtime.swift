import CTorch
import Diagnostics

/// The libtorch that this process runs on.
public enum Runtime {
  /// libtorch's version, such as `2.11.0`.
  public static var libtorchVersion: String { String(cString: ct_libtorch_version()) }

  /// The widest instruction set that libtorch's CPU kernels use here, such as `AVX512`.
  public static var cpuCapability: String { String(cString: ct_cpu_capability()) }

  /// Lets the process keep the memory of freed tensors for the next ones; a program calls it once, at
  /// its start. Measured: 1.15 to 1.3 times the training speed on a CPU, at the price of a resident
  /// size that stays at its peak.
  public static func keepFreedMemory() { ct_keep_freed_memory() }

  /// The number of threads that CPU operations use.
  public static var threadCount: Int {
    get { Int(ct_thread_count()) }
    set { ct_set_thread_count(Int32(newValue)) }
  }
}

/// The tensors of a PyTorch file (`.pt`, `.pth`), read without Python.
///
/// Nested dictionaries are flattened with "."; values that are not tensors are skipped.
public struct TorchArchive {
  /// The tensors in file order, under their flattened names.
  public let tensors: [(name: String, tensor: Tensor)]

  /// Reads a file written by `torch.save` (PyTorch 1.6 or newer).
  ///
  /// - Throws: ``PeregrineError`` `.badData` when libtorch cannot read it.
  public init(path: String) throws {
    var archive: ct_archive?
    do {
      try call("opening") { ct_archive_open(path, &archive, $0) }
    } catch {
      throw PeregrineError(
        .badData, doing: "reading the PyTorch file `\(path)`", found: "a file libtorch refuses",
        expected: "a zip archive written by torch.save of PyTorch 1.6 or newer",
        advice: "Check that the download is complete; convert older files with torch.save.",
        cause: error)
    }
    defer { ct_archive_free(archive) }
    tensors = try (0..<ct_archive_count(archive)).map { index in
      let name = String(cString: ct_archive_name(archive, index))
      return (name, try make("reading `\(name)`") { ct_archive_tensor(archive, index, $0, $1) })
    }
  }
}
