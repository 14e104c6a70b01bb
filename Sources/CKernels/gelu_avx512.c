#include "gelu.h"
#include "vector.h"

#ifdef __x86_64__

CK_AVX512 void ck_gelu_backward_avx512(int64_t begin, int64_t end, const ck_bfloat16 *values,
                                       const ck_bfloat16 *result_gradient, ck_bfloat16 *gradient) {
  int64_t i = begin;
  for (; i + 16 <= end; i += 16) {
    __m512 slope = ck_gelu_slope(ck_load_narrow(values + i, 0xffff));
    ck_store_narrow(gradient + i, 0xffff,
                    _mm512_mul_ps(ck_load_narrow(result_gradient + i, 0xffff), slope));
  }
  ck_gelu_backward_scalar(i, end, values, result_gradient, gradient);
}

#else

void ck_gelu_backward_avx512(int64_t begin, int64_t end, const ck_bfloat16 *values,
                             const ck_bfloat16 *result_gradient, ck_bfloat16 *gradient) {
  ck_gelu_backward_scalar(begin, end, values, result_gradient, gradient);
}

#endif
