#pragma once
#include <math.h>

#include "include/ckernels.h"

/// GELU in its tanh form is `x · σ(u)` with `u = 2 √(2/π) (x + 0.044715 x³)`.
static inline float ck_gelu_sigmoid(float x) {
  return 1.0f / (1.0f + expf(-x * (1.5957691216f + 0.0713548162726f * x * x)));
}

void ck_gelu_backward_scalar(int64_t begin, int64_t end, const ck_bfloat16 *values,
                             const ck_bfloat16 *result_gradient, ck_bfloat16 *gradient);
void ck_gelu_backward_avx512(int64_t begin, int64_t end, const ck_bfloat16 *values,
                             const ck_bfloat16 *result_gradient, ck_bfloat16 *gradient);
