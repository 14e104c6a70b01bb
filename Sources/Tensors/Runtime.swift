import CTorch

/// The libtorch that this process runs on.
public enum Runtime {
  /// libtorch's version, such as `2.11.0`.
  public static var libtorchVersion: String { String(cString: ct_libtorch_version()) }

  /// The widest instruction set that libtorch's CPU kernels use here, such as `AVX512`.
  public static var cpuCapability: String { String(cString: ct_cpu_capability()) }

  /// Lets the process keep the memory of freed tensors for the next ones; a program calls it once, at
  /// its start. Measured: 1.1 to 1.3 times the training speed on a CPU, at the price of a resident
  /// size that stays at its peak.
  public static func keepFreedMemory() { ct_keep_freed_memory() }

  /// The number of threads that CPU operations use.
  public static var threadCount: Int {
    get { Int(ct_thread_count()) }
    set { ct_set_thread_count(Int32(newValue)) }
  }
}
