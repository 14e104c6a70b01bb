#include <stdatomic.h>

#include "include/ckernels.h"

#ifdef __x86_64__
#include <sys/syscall.h>
#include <unistd.h>

/// Requests permission from the operating system to use the AMX registers, for all threads of the
/// process.
static bool may_use_tiles(void) {
  enum { request_permission = 0x1023, tile_data = 18 };
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}
#endif

ck_isa ck_isa_available(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") && may_use_tiles()
               ? CK_AMX_BF16
               : CK_AVX512_BF16;
#endif
  return CK_SCALAR;
}

static _Atomic int limit = CK_AMX_BF16;
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
