#pragma once
#include "include/ckernels.h"

/// One row of values with the modulation of its item; every part of the modulation may be null.
typedef struct {
  int64_t width;
  float epsilon;
  bool is_rms;
  const float *gain, *shift, *scale;
} ck_row_norm;

void ck_norm_row_scalar(const ck_row_norm *n, const float *row, ck_bfloat16 *result, float *mean,
                        float *inverse);
void ck_norm_row_avx512(const ck_row_norm *n, const float *row, ck_bfloat16 *result, float *mean,
                        float *inverse);

/// The gradients for one row; those of gain, shift and scale are added to.
typedef struct {
  float *row, *gain, *shift, *scale;
} ck_row_gradient;

void ck_norm_row_gradient_scalar(const ck_row_norm *n, const float *row, float mean, float inverse,
                                 const ck_bfloat16 *result_gradient, const ck_row_gradient *gradient);
void ck_norm_row_gradient_avx512(const ck_row_norm *n, const float *row, float mean, float inverse,
                                 const ck_bfloat16 *result_gradient, const ck_row_gradient *gradient);

/// Adds a gated row to another.
void ck_gate_row_scalar(int64_t width, const float *row, const float *gate, const ck_bfloat16 *values,
                        float *result);
void ck_gate_row_avx512(int64_t width, const float *row, const float *gate, const ck_bfloat16 *values,
                        float *result);

/// The gradients of gate and values for one row; `gate_gradient` is added to.
void ck_gate_row_gradient_scalar(int64_t width, const float *result_gradient, const float *gate,
                        const ck_bfloat16 *values, ck_bfloat16 *value_gradient, float *gate_gradient);
void ck_gate_row_gradient_avx512(int64_t width, const float *result_gradient, const float *gate,
                        const ck_bfloat16 *values, ck_bfloat16 *value_gradient, float *gate_gradient);

/// Adds a row to the sums.
void ck_add_row_scalar(int64_t width, const ck_bfloat16 *row, float *sums);
void ck_add_row_avx512(int64_t width, const ck_bfloat16 *row, float *sums);
