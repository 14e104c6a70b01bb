import CTorch
import Foundation

/// The libtorch runtime of this process.
public enum Runtime {
  /// libtorch's version, such as `2.11.0`.
  public static var libtorchVersion: String { String(cString: ct_libtorch_version()) }

  /// A name for what computes here: libtorch's version, and the engine with its instructions.
  public static var versions: [String: String] {
    let engine =
      engine == .fused ? "fused, by \(fusedInstructions ?? "nothing")" : "reference, by libtorch"
    return ["libtorch": libtorchVersion, "engine": engine]
  }

  /// The widest instruction set that libtorch's CPU kernels use on this machine, such as `AVX512`.
  public static var cpuCapability: String { String(cString: ct_cpu_capability()) }

  /// The engine for bfloat16 products and AdamW steps on a CPU; fused if this processor supports
  /// it.
  ///
  /// Set once, before anything is computed. The engines agree up to bfloat16's rounding, but not
  /// bit for bit.
  public static var engine: Engine {
    get { hasFusedEngine && ct_fused_kernels() != 0 ? .fused : .reference }
    set { ct_set_fused_kernels(newValue == .fused ? 1 : 0) }
  }

  /// Whether this processor supports the fused engine: AVX-512 with bfloat16.
  public static var hasFusedEngine: Bool { fusedInstructions != nil }

  /// The instructions that the fused engine multiplies with, such as `AMX`; `nil` without a fused
  /// engine.
  public static var fusedInstructions: String? {
    ct_fused_instructions().map { String(cString: $0) }
  }

  /// Lets the process keep the memory of freed tensors for new ones. A program calls it once, at
  /// its start. Measured: 1.1 to 1.3 times the training speed on a CPU, at the price of resident
  /// memory that stays at its peak.
  public static func keepFreedMemory() { ct_keep_freed_memory() }

  /// The number of threads that CPU operations use: at least one, at most as many as the machine
  /// has processors, because threads that wait for a processor stop all others.
  public static var threadCount: Int {
    get { Int(ct_thread_count()) }
    set {
      ct_set_thread_count(Int32(clamping: max(1, min(newValue, processors))))
    }
  }

  private static let processors = ProcessInfo.processInfo.activeProcessorCount

  /// Ends this process when the one that started it ends, however that happens.
  public static func endWithParent() { ct_end_with_parent() }
}

/// The engine for a network's bfloat16 products and for AdamW steps of float32 weights on a CPU.
/// libtorch computes everything else.
public enum Engine: String, CaseIterable, Sendable {
  /// libtorch's own operations.
  case reference
  /// Our kernels, which fuse products with the operations before and after them.
  case fused
}
