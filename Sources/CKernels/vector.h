#pragma once
// Vectors of sixteen values with AVX-512. Only for kernel files of that instruction set.

#ifdef __x86_64__

#include <immintrin.h>

#include "include/ckernels.h"

#define CK_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))
#define CK_INLINE CK_AVX512 static inline __attribute__((always_inline))

CK_INLINE __mmask16 ck_mask(int64_t left) {
  return left >= 16 ? 0xffff : (__mmask16)((1u << left) - 1);
}

/// Loads and stores sixteen values, or with a mask some of them. The compiler removes a mask that
/// it knows to be full; other masks cost several times as much.
CK_INLINE __m512 ck_load(const float *from, __mmask16 mask) {
  return mask == 0xffff ? _mm512_loadu_ps(from) : _mm512_maskz_loadu_ps(mask, from);
}

CK_INLINE void ck_store(float *to, __mmask16 mask, __m512 value) {
  if (mask == 0xffff) _mm512_storeu_ps(to, value);
  else _mm512_mask_storeu_ps(to, mask, value);
}

CK_INLINE __m512 ck_load_narrow(const ck_bfloat16 *from, __mmask16 mask) {
  __m256i bits = mask == 0xffff ? _mm256_loadu_si256((const __m256i *)from)
                                : _mm256_maskz_loadu_epi16(mask, from);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

CK_INLINE void ck_store_narrow(ck_bfloat16 *to, __mmask16 mask, __m512 value) {
  __m256i bits = (__m256i)_mm512_cvtneps_pbh(value);
  if (mask == 0xffff) _mm256_storeu_si256((__m256i *)to, bits);
  else _mm256_mask_storeu_epi16(to, mask, bits);
}

/// The exponential of `x`, to about float32 precision; NaN stays NaN.
CK_INLINE __m512 ck_exp(__m512 x) {
  // Minimum and maximum return their second operand if one is NaN.
  x = _mm512_max_ps(_mm512_set1_ps(-104.0f), _mm512_min_ps(_mm512_set1_ps(89.0f), x));
  __m512 power = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 0x08);
  // x - power · ln 2, with the logarithm split into two parts.
  __m512 r = _mm512_fnmadd_ps(power, _mm512_set1_ps(0.693359375f), x);
  r = _mm512_fnmadd_ps(power, _mm512_set1_ps(-2.12194440e-4f), r);
  __m512 y = _mm512_set1_ps(1.9875691500e-4f);
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.3981999507e-3f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(8.3334519073e-3f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(4.1665795894e-2f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.6666665459e-1f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(5.0000001201e-1f));
  y = _mm512_fmadd_ps(y, _mm512_mul_ps(r, r), _mm512_add_ps(r, _mm512_set1_ps(1.0f)));
  return _mm512_scalef_ps(y, power);
}

/// 1 / (1 + e to the power of `-x`).
CK_INLINE __m512 ck_sigmoid(__m512 x) {
  __m512 one = _mm512_set1_ps(1.0f);
  return _mm512_div_ps(one, _mm512_add_ps(one, ck_exp(_mm512_sub_ps(_mm512_setzero_ps(), x))));
}

/// Twice the argument of GELU's tanh: `2 √(2/π) (x + 0.044715 x³)`.
CK_INLINE __m512 ck_gelu_argument(__m512 x, __m512 square) {
  __m512 cubic = _mm512_fmadd_ps(square, _mm512_set1_ps(0.0713548162726f), _mm512_set1_ps(1.5957691216f));
  return _mm512_mul_ps(x, cubic);
}

/// GELU in its tanh form, `x · σ(u)` with u as above.
CK_INLINE __m512 ck_gelu(__m512 x) {
  return _mm512_mul_ps(x, ck_sigmoid(ck_gelu_argument(x, _mm512_mul_ps(x, x))));
}

/// The derivative of GELU: `σ + x σ (1 − σ) u′`.
CK_INLINE __m512 ck_gelu_slope(__m512 x) {
  __m512 square = _mm512_mul_ps(x, x);
  __m512 s = ck_sigmoid(ck_gelu_argument(x, square));
  __m512 slope = _mm512_fmadd_ps(square, _mm512_set1_ps(0.2140644488178f), _mm512_set1_ps(1.5957691216f));
  __m512 rest = _mm512_mul_ps(_mm512_mul_ps(x, s), _mm512_sub_ps(_mm512_set1_ps(1.0f), s));
  return _mm512_fmadd_ps(rest, slope, s);
}

/// Interleaves sixteen bfloat16 values of one row with sixteen of the next: pairs, with the first
/// row's in the lower halves.
CK_INLINE __m512i ck_pairs(__m256i lower, __m256i upper) {
  return _mm512_or_si512(_mm512_cvtepu16_epi32(lower),
                         _mm512_slli_epi32(_mm512_cvtepu16_epi32(upper), 16));
}

/// Transposes sixteen rows of sixteen pairs in place.
CK_INLINE void ck_transpose_pairs(__m512i rows[16]) {
  __m512i a[16];
  // Neighbours within 128 bits, then groups of four rows, then the 128-bit parts.
  for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    a[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    rows[i] = _mm512_unpacklo_epi64(a[i], a[i + 2]);
    rows[i + 1] = _mm512_unpackhi_epi64(a[i], a[i + 2]);
    rows[i + 2] = _mm512_unpacklo_epi64(a[i + 1], a[i + 3]);
    rows[i + 3] = _mm512_unpackhi_epi64(a[i + 1], a[i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    __m512i p = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0x88);
    __m512i q = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0xdd);
    __m512i r = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0x88);
    __m512i s = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0xdd);
    a[i] = _mm512_shuffle_i32x4(p, r, 0x88);
    a[i + 8] = _mm512_shuffle_i32x4(p, r, 0xdd);
    a[i + 4] = _mm512_shuffle_i32x4(q, s, 0x88);
    a[i + 12] = _mm512_shuffle_i32x4(q, s, 0xdd);
  }
  for (int i = 0; i < 16; i++) rows[i] = a[i];
}

#endif
