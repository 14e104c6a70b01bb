// Norms and rotations of heads, sixteen values at a time; widths are multiples of 32.

#include "heads.h"

#include <math.h>

#include "vector.h"

#ifdef __x86_64__

/// Swaps each pair of neighbours among sixteen values.
CK_INLINE __m512 exchanged(__m512 values) { return _mm512_permute_ps(values, 0xb1); }

CK_INLINE float inverse_root_mean_square(const ck_head_norm *n, const ck_bfloat16 *values) {
  if (!n->gain) return 1;
  __m512 squares = _mm512_setzero_ps();
  for (int64_t j = 0; j < n->width; j += 16) {
    __m512 value = ck_load_narrow(values + j, 0xffff);
    squares = _mm512_fmadd_ps(value, value, squares);
  }
  return 1 / sqrtf(_mm512_reduce_add_ps(squares) / (float)n->width + n->epsilon);
}

CK_AVX512 void ck_head_avx512(const ck_head_norm *n, const ck_bfloat16 *values, ck_bfloat16 *result) {
  __m512 inverse = _mm512_set1_ps(inverse_root_mean_square(n, values));
  for (int64_t j = 0; j < n->width; j += 16) {
    __m512 value = _mm512_mul_ps(ck_load_narrow(values + j, 0xffff), inverse);
    if (n->gain) value = _mm512_mul_ps(value, _mm512_loadu_ps(n->gain + j));
    if (n->cosines) {
      // In each pair, first · cos − second · sin and second · cos + first · sin.
      __m512 other = _mm512_mul_ps(exchanged(value), _mm512_loadu_ps(n->sines + j));
      value = _mm512_fmaddsub_ps(value, _mm512_loadu_ps(n->cosines + j), other);
    }
    ck_store_narrow(result + j, 0xffff, value);
  }
}

/// The gradient with respect to the values before the rotation.
CK_INLINE __m512 turned_back(const ck_head_norm *n, const ck_bfloat16 *gradient, int64_t j) {
  __m512 g = ck_load_narrow(gradient + j, 0xffff);
  if (!n->cosines) return g;
  __m512 other = exchanged(_mm512_mul_ps(g, _mm512_loadu_ps(n->sines + j)));
  return _mm512_fmsubadd_ps(g, _mm512_loadu_ps(n->cosines + j), other);
}

CK_AVX512 void ck_head_gradient_avx512(const ck_head_norm *n, const ck_bfloat16 *values,
                                       ck_bfloat16 *gradient, float *gain_gradient) {
  __m512 inverse = _mm512_set1_ps(inverse_root_mean_square(n, values));
  __m512 product = _mm512_setzero_ps();
  for (int64_t j = 0; n->gain && j < n->width; j += 16) {
    __m512 value = _mm512_mul_ps(ck_load_narrow(values + j, 0xffff), inverse);
    __m512 by_value = _mm512_mul_ps(turned_back(n, gradient, j), value);
    _mm512_storeu_ps(gain_gradient + j, _mm512_add_ps(_mm512_loadu_ps(gain_gradient + j), by_value));
    product = _mm512_fmadd_ps(by_value, _mm512_loadu_ps(n->gain + j), product);
  }
  __m512 share = _mm512_set1_ps(_mm512_reduce_add_ps(product) / (float)n->width);
  for (int64_t j = 0; j < n->width; j += 16) {
    __m512 g = turned_back(n, gradient, j);
    if (n->gain) {
      __m512 value = _mm512_mul_ps(ck_load_narrow(values + j, 0xffff), inverse);
      g = _mm512_fnmadd_ps(value, share, _mm512_mul_ps(g, _mm512_loadu_ps(n->gain + j)));
    }
    ck_store_narrow(gradient + j, 0xffff, _mm512_mul_ps(inverse, g));
  }
}

CK_AVX512 void ck_mix_avx512(int64_t width, float share, const ck_bfloat16 *first,
                             const ck_bfloat16 *values, ck_bfloat16 *result) {
  __m512 part = _mm512_set1_ps(share), rest = _mm512_set1_ps(1 - share);
  for (int64_t j = 0; j < width; j += 16) {
    __m512 own = _mm512_mul_ps(rest, ck_load_narrow(values + j, 0xffff));
    ck_store_narrow(result + j, 0xffff, _mm512_fmadd_ps(part, ck_load_narrow(first + j, 0xffff), own));
  }
}

CK_AVX512 float ck_mix_gradient_avx512(int64_t width, float share, const ck_bfloat16 *first,
                                       const ck_bfloat16 *values, ck_bfloat16 *gradient,
                                       ck_bfloat16 *first_gradient) {
  __m512 part = _mm512_set1_ps(share), rest = _mm512_set1_ps(1 - share), sum = _mm512_setzero_ps();
  for (int64_t j = 0; j < width; j += 16) {
    __m512 g = ck_load_narrow(gradient + j, 0xffff);
    __m512 distance = _mm512_sub_ps(ck_load_narrow(first + j, 0xffff), ck_load_narrow(values + j, 0xffff));
    sum = _mm512_fmadd_ps(g, distance, sum);
    ck_store_narrow(first_gradient + j, 0xffff, _mm512_mul_ps(part, g));
    ck_store_narrow(gradient + j, 0xffff, _mm512_mul_ps(rest, g));
  }
  return _mm512_reduce_add_ps(sum);
}

#else

void ck_head_avx512(const ck_head_norm *n, const ck_bfloat16 *values, ck_bfloat16 *result) {
  ck_head_scalar(n, values, result);
}

void ck_head_gradient_avx512(const ck_head_norm *n, const ck_bfloat16 *values, ck_bfloat16 *gradient,
                             float *gain_gradient) {
  ck_head_gradient_scalar(n, values, gradient, gain_gradient);
}

void ck_mix_avx512(int64_t width, float share, const ck_bfloat16 *first, const ck_bfloat16 *values,
                   ck_bfloat16 *result) {
  ck_mix_scalar(width, share, first, values, result);
}

float ck_mix_gradient_avx512(int64_t width, float share, const ck_bfloat16 *first,
                             const ck_bfloat16 *values, ck_bfloat16 *gradient,
                             ck_bfloat16 *first_gradient) {
  return ck_mix_gradient_scalar(width, share, first, values, gradient, first_gradient);
}

#endif
