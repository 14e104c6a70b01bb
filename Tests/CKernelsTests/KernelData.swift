import CKernels
import DiffusionMath

/// Random values for kernels, and what of them is left in bfloat16.
struct KernelData {
  private var stream: RandomStream

  init(_ purpose: String) { stream = RandomStream(seed: 7, purpose: purpose) }

  mutating func floats(_ count: Int, scale: Float = 1) -> [Float] {
    stream.normals(count).map { scale * $0 }
  }

  mutating func narrow(_ count: Int, scale: Float = 1) -> [ck_bfloat16] {
    floats(count, scale: scale).map(narrowed)
  }
}

/// To the nearest bfloat16, ties to even.
func narrowed(_ value: Float) -> ck_bfloat16 {
  ck_bfloat16(truncatingIfNeeded: (value.bitPattern + 0x7fff + (value.bitPattern >> 16 & 1)) >> 16)
}

func widened(_ value: ck_bfloat16) -> Float { Float(bitPattern: UInt32(value) << 16) }

/// Runs `body` with each instruction set that this processor has.
///
/// Tests of kernels run one after another, because the choice is the process's.
func withEachInstructionSet(_ body: (ck_isa) throws -> Void) rethrows {
  defer { ck_isa_limit(CK_AMX_BF16) }
  for isa in [CK_SCALAR, CK_AVX512_BF16, CK_AMX_BF16]
  where isa.rawValue <= ck_isa_available().rawValue {
    ck_isa_limit(isa)
    try body(isa)
  }
}

/// The largest distance of two lists.
func worst(_ a: [Float], _ b: [Double]) -> Double {
  zip(a, b).map { abs(Double($0) - $1) }.max() ?? 0
}
