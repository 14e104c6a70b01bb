#pragma once
#include "include/ckernels.h"

void ck_swiglu_row_scalar(int64_t hidden, const ck_bfloat16 *gates, const ck_bfloat16 *values,
                          ck_bfloat16 *result);
void ck_swiglu_row_avx512(int64_t hidden, const ck_bfloat16 *gates, const ck_bfloat16 *values,
                          ck_bfloat16 *result);

void ck_swiglu_row_gradient_scalar(int64_t hidden, const ck_bfloat16 *gates, const ck_bfloat16 *values,
                                   const ck_bfloat16 *result_gradient, ck_bfloat16 *gate_gradient,
                                   ck_bfloat16 *value_gradient);
void ck_swiglu_row_gradient_avx512(int64_t hidden, const ck_bfloat16 *gates, const ck_bfloat16 *values,
                                   const ck_bfloat16 *result_gradient, ck_bfloat16 *gate_gradient,
                                   ck_bfloat16 *value_gradient);
