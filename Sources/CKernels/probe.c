// Measures the peak of one core: pairwise products in registers, and reading memory.

#include "include/ckernels.h"

#ifdef __x86_64__

#include "vector.h"

enum { chains = 16 };

CK_AVX512 static int64_t multiply_avx512(int64_t rounds) {
  __m512 sums[chains];
  __m512bh pairs = (__m512bh)_mm512_set1_epi32(0x3f803f80);
  for (int i = 0; i < chains; i++) sums[i] = _mm512_setzero_ps();
  for (int64_t round = 0; round < rounds; round++) {
    // Keeps the compiler from seeing that all rounds are equal.
    __asm__ volatile("" : "+v"(pairs));
    _Pragma("clang loop unroll(full)") for (int i = 0; i < chains; i++)
        sums[i] = _mm512_dpbf16_ps(sums[i], pairs, pairs);
  }
  for (int i = 0; i < chains; i++) __asm__ volatile("" ::"v"(sums[i]));
  return rounds * chains * 64;
}

__attribute__((target("amx-tile,amx-bf16"))) static int64_t multiply_amx(int64_t rounds) {
  _Alignas(64) uint8_t config[64] = {1}, ones[1024];
  for (int i = 0; i < 8; i++) {
    config[16 + 2 * i] = 64;
    config[48 + i] = 16;
  }
  for (int i = 0; i < 1024; i++) ones[i] = i % 2 ? 0x3f : 0x80;
  _tile_loadconfig(config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, ones, 64);
  _tile_loadd(5, ones, 64);
  _tile_loadd(6, ones, 64);
  _tile_loadd(7, ones, 64);
  for (int64_t round = 0; round < rounds; round++) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, ones, 64);
  _tile_release();
  return rounds * 4 * 2 * 16 * 16 * 32;
}

CK_AVX512 static float sum_avx512(const float *values, int64_t count) {
  __m512 sums[8];
  for (int i = 0; i < 8; i++) sums[i] = _mm512_setzero_ps();
  for (int64_t at = 0; at + 128 <= count; at += 128)
    for (int i = 0; i < 8; i++) sums[i] = _mm512_add_ps(sums[i], _mm512_loadu_ps(values + at + 16 * i));
  for (int i = 1; i < 8; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
  return _mm512_reduce_add_ps(sums[0]);
}

#endif

int64_t ck_probe_products(int64_t rounds) {
#ifdef __x86_64__
  switch (ck_isa_in_use()) {
  case CK_AMX_BF16: return multiply_amx(rounds);
  case CK_AVX512_BF16: return multiply_avx512(rounds);
  case CK_SCALAR: return 0;
  }
#endif
  return 0;
}

float ck_probe_memory(const float *values, int64_t count) {
#ifdef __x86_64__
  if (ck_isa_in_use() != CK_SCALAR) return sum_avx512(values, count);
#endif
  float sum = 0;
  for (int64_t i = 0; i < count; i++) sum += values[i];
  return sum;
}
