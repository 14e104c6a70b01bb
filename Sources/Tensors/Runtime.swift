import CTorch

/// The libtorch that this process runs on.
public enum Runtime {
  /// libtorch's version, such as `2.11.0`.
  public static var libtorchVersion: String { String(cString: ct_libtorch_version()) }

  /// What computes here, by name: libtorch's version, and the engine with its instructions.
  public static var versions: [String: String] {
    let engine =
      engine == .fused ? "fused, by \(fusedInstructions ?? "nothing")" : "reference, by libtorch"
    return ["libtorch": libtorchVersion, "engine": engine]
  }

  /// The widest instruction set that libtorch's CPU kernels use here, such as `AVX512`.
  public static var cpuCapability: String { String(cString: ct_cpu_capability()) }

  /// Who computes bfloat16 products and AdamW's steps on a CPU; fused where this processor has what that takes.
  ///
  /// Set once, before anything is computed: both give the same numbers up to bfloat16's rounding, and
  /// never the same bits.
  public static var engine: Engine {
    get { hasFusedEngine && ct_fused_kernels() != 0 ? .fused : .reference }
    set { ct_set_fused_kernels(newValue == .fused ? 1 : 0) }
  }

  /// Whether this processor has what the fused engine needs: AVX-512 with bfloat16.
  public static var hasFusedEngine: Bool { fusedInstructions != nil }

  /// The instructions that the fused engine multiplies with, such as `AMX`; `nil` without such an engine.
  public static var fusedInstructions: String? {
    ct_fused_instructions().map { String(cString: $0) }
  }

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

/// Who computes on a CPU: a network's products in bfloat16, and AdamW's steps of float32 weights. All else is
/// libtorch's always.
public enum Engine: String, CaseIterable, Sendable {
  /// libtorch's own operations.
  case reference
  /// Our kernels, which join products with what comes before and after them.
  case fused
}
