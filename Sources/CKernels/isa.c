#include <stdatomic.h>

#include "include/ckernels.h"

ck_isa ck_isa_available(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return CK_AVX512_BF16;
#endif
  return CK_SCALAR;
}

static _Atomic int limit = CK_AVX512_BF16;
static _Atomic int available = -1;

ck_isa ck_isa_in_use(void) {
  int best = atomic_load(&available);
  if (best < 0) {
    best = (int)ck_isa_available();
    atomic_store(&available, best);
  }
  int most = atomic_load(&limit);
  return (ck_isa)(best < most ? best : most);
}

void ck_isa_limit(ck_isa isa) { atomic_store(&limit, (int)isa); }
