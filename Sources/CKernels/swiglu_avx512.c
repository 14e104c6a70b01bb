#include "swiglu.h"
#include "vector.h"

#ifdef __x86_64__

CK_AVX512 void ck_swiglu_row_avx512(int64_t hidden, const ck_bfloat16 *gates, const ck_bfloat16 *values,
                                    ck_bfloat16 *result) {
  for (int64_t j = 0; j < hidden; j += 16) {
    __mmask16 mask = ck_mask(hidden - j);
    __m512 gate = ck_load_narrow(gates + j, mask);
    __m512 silu = _mm512_mul_ps(gate, ck_sigmoid(gate));
    ck_store_narrow(result + j, mask, _mm512_mul_ps(silu, ck_load_narrow(values + j, mask)));
  }
}

CK_AVX512 void ck_swiglu_row_gradient_avx512(int64_t hidden, const ck_bfloat16 *gates,
                                             const ck_bfloat16 *values,
                                             const ck_bfloat16 *result_gradient,
                                             ck_bfloat16 *gate_gradient, ck_bfloat16 *value_gradient) {
  __m512 one = _mm512_set1_ps(1);
  for (int64_t j = 0; j < hidden; j += 16) {
    __mmask16 mask = ck_mask(hidden - j);
    __m512 gate = ck_load_narrow(gates + j, mask), g = ck_load_narrow(result_gradient + j, mask);
    __m512 s = ck_sigmoid(gate);
    __m512 slope = _mm512_mul_ps(s, _mm512_fmadd_ps(gate, _mm512_sub_ps(one, s), one));
    __m512 value = ck_load_narrow(values + j, mask);
    ck_store_narrow(gate_gradient + j, mask, _mm512_mul_ps(_mm512_mul_ps(g, value), slope));
    ck_store_narrow(value_gradient + j, mask, _mm512_mul_ps(g, _mm512_mul_ps(gate, s)));
  }
}

#else

void ck_swiglu_row_avx512(int64_t hidden, const ck_bfloat16 *gates, const ck_bfloat16 *values,
                          ck_bfloat16 *result) {
  ck_swiglu_row_scalar(hidden, gates, values, result);
}

void ck_swiglu_row_gradient_avx512(int64_t hidden, const ck_bfloat16 *gates, const ck_bfloat16 *values,
                                   const ck_bfloat16 *result_gradient, ck_bfloat16 *gate_gradient,
                                   ck_bfloat16 *value_gradient) {
  ck_swiglu_row_gradient_scalar(hidden, gates, values, result_gradient, gate_gradient, value_gradient);
}

#endif
