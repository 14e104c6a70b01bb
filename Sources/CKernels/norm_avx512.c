// Rows of norms, gates and sums, sixteen values at a time.

#include "norm.h"

#include <math.h>

#include "vector.h"

#ifdef __x86_64__

/// Executes `statement` with `j` and `mask` for every sixteen values of a row. The compiler knows
/// that all masks but the last are full.
#define CK_EACH(width, statement)                     \
  do {                                                \
    int64_t j = 0;                                    \
    for (; j + 16 <= (width); j += 16) {              \
      enum { mask = 0xffff };                         \
      statement                                       \
    }                                                 \
    if (j < (width)) {                                \
      const __mmask16 mask = ck_mask((width) - j);    \
      statement                                       \
    }                                                 \
  } while (0)

CK_AVX512 void ck_norm_row_avx512(const ck_row_norm *n, const float *row, ck_bfloat16 *result, float *mean,
                                  float *inverse) {
  __m512 center = _mm512_setzero_ps(), squares = _mm512_setzero_ps();
  *mean = 0;
  if (!n->is_rms) {
    __m512 sum = _mm512_setzero_ps();
    CK_EACH(n->width, { sum = _mm512_add_ps(sum, ck_load(row + j, mask)); });
    *mean = _mm512_reduce_add_ps(sum) / (float)n->width;
    center = _mm512_set1_ps(*mean);
  }
  CK_EACH(n->width, {
    __m512 distance = _mm512_maskz_sub_ps(mask, ck_load(row + j, mask), center);
    squares = _mm512_fmadd_ps(distance, distance, squares);
  });
  *inverse = 1 / sqrtf(_mm512_reduce_add_ps(squares) / (float)n->width + n->epsilon);
  __m512 factor = _mm512_set1_ps(*inverse), one = _mm512_set1_ps(1);
  CK_EACH(n->width, {
    __m512 value = _mm512_mul_ps(_mm512_sub_ps(ck_load(row + j, mask), center), factor);
    if (n->gain) value = _mm512_mul_ps(value, ck_load(n->gain + j, mask));
    if (n->scale) value = _mm512_mul_ps(value, _mm512_add_ps(one, ck_load(n->scale + j, mask)));
    if (n->shift) value = _mm512_add_ps(value, ck_load(n->shift + j, mask));
    ck_store_narrow(result + j, mask, value);
  });
}

CK_INLINE void add(float *to, __mmask16 mask, __m512 value) {
  ck_store(to, mask, _mm512_add_ps(ck_load(to, mask), value));
}

CK_AVX512 void ck_norm_row_gradient_avx512(const ck_row_norm *n, const float *row, float mean,
                                           float inverse, const ck_bfloat16 *result_gradient,
                                           const ck_row_gradient *gradient) {
  __m512 center = _mm512_set1_ps(mean), factor = _mm512_set1_ps(inverse), one = _mm512_set1_ps(1);
  __m512 sum = _mm512_setzero_ps(), product = _mm512_setzero_ps();
  CK_EACH(n->width, {
    __m512 value = _mm512_mul_ps(_mm512_sub_ps(ck_load(row + j, mask), center), factor);
    __m512 g = ck_load_narrow(result_gradient + j, mask);
    if (gradient->shift) add(gradient->shift + j, mask, g);
    __m512 by_value = _mm512_mul_ps(g, value);
    __m512 gain = n->gain ? ck_load(n->gain + j, mask) : one;
    __m512 scale = n->scale ? _mm512_add_ps(one, ck_load(n->scale + j, mask)) : one;
    if (gradient->scale) add(gradient->scale + j, mask, _mm512_mul_ps(by_value, gain));
    if (gradient->gain) add(gradient->gain + j, mask, _mm512_mul_ps(by_value, scale));
    __m512 both = _mm512_mul_ps(gain, scale);
    sum = _mm512_fmadd_ps(g, both, sum);
    product = _mm512_fmadd_ps(by_value, both, product);
  });
  float mean_gradient = n->is_rms ? 0 : _mm512_reduce_add_ps(sum) / (float)n->width;
  __m512 common = _mm512_set1_ps(mean_gradient);
  __m512 share = _mm512_set1_ps(_mm512_reduce_add_ps(product) / (float)n->width);
  CK_EACH(n->width, {
    __m512 value = _mm512_mul_ps(_mm512_sub_ps(ck_load(row + j, mask), center), factor);
    __m512 g = ck_load_narrow(result_gradient + j, mask);
    if (n->gain) g = _mm512_mul_ps(g, ck_load(n->gain + j, mask));
    if (n->scale) g = _mm512_mul_ps(g, _mm512_add_ps(one, ck_load(n->scale + j, mask)));
    g = _mm512_fnmadd_ps(value, share, _mm512_sub_ps(g, common));
    add(gradient->row + j, mask, _mm512_mul_ps(factor, g));
  });
}

CK_AVX512 void ck_gate_row_avx512(int64_t width, const float *row, const float *gate,
                                  const ck_bfloat16 *values, float *result) {
  CK_EACH(width, {
    __m512 value = ck_load_narrow(values + j, mask);
    ck_store(result + j, mask, _mm512_fmadd_ps(ck_load(gate + j, mask), value, ck_load(row + j, mask)));
  });
}

CK_AVX512 void ck_gate_row_gradient_avx512(int64_t width, const float *result_gradient, const float *gate,
                                  const ck_bfloat16 *values, ck_bfloat16 *value_gradient,
                                  float *gate_gradient) {
  CK_EACH(width, {
    __m512 g = ck_load(result_gradient + j, mask);
    ck_store_narrow(value_gradient + j, mask, _mm512_mul_ps(g, ck_load(gate + j, mask)));
    add(gate_gradient + j, mask, _mm512_mul_ps(g, ck_load_narrow(values + j, mask)));
  });
}

CK_AVX512 void ck_add_row_avx512(int64_t width, const ck_bfloat16 *row, float *sums) {
  CK_EACH(width, { add(sums + j, mask, ck_load_narrow(row + j, mask)); });
}

#else

void ck_norm_row_avx512(const ck_row_norm *n, const float *row, ck_bfloat16 *result, float *mean,
                        float *inverse) {
  ck_norm_row_scalar(n, row, result, mean, inverse);
}

void ck_norm_row_gradient_avx512(const ck_row_norm *n, const float *row, float mean, float inverse,
                                 const ck_bfloat16 *result_gradient, const ck_row_gradient *gradient) {
  ck_norm_row_gradient_scalar(n, row, mean, inverse, result_gradient, gradient);
}

void ck_gate_row_avx512(int64_t width, const float *row, const float *gate, const ck_bfloat16 *values,
                        float *result) {
  ck_gate_row_scalar(width, row, gate, values, result);
}

void ck_gate_row_gradient_avx512(int64_t width, const float *result_gradient, const float *gate,
                                 const ck_bfloat16 *values, ck_bfloat16 *value_gradient,
                                 float *gate_gradient) {
  ck_gate_row_gradient_scalar(width, result_gradient, gate, values, value_gradient, gate_gradient);
}

void ck_add_row_avx512(int64_t width, const ck_bfloat16 *row, float *sums) {
  ck_add_row_scalar(width, row, sums);
}

#endif
