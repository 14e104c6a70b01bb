#pragma once
#include "include/ckernels.h"

/// The queries or keys of one head and token: `gain`, `cosines` and `sines` may be null.
typedef struct {
  int64_t width;
  float epsilon;
  const float *gain, *cosines, *sines;
} ck_head_norm;

void ck_head_scalar(const ck_head_norm *n, const ck_bfloat16 *values, ck_bfloat16 *result);
void ck_head_avx512(const ck_head_norm *n, const ck_bfloat16 *values, ck_bfloat16 *result);

/// Replaces the gradient of the result by that of the values; the gain's gradient is added to.
void ck_head_gradient_scalar(const ck_head_norm *n, const ck_bfloat16 *values, ck_bfloat16 *gradient,
                             float *gain_gradient);
void ck_head_gradient_avx512(const ck_head_norm *n, const ck_bfloat16 *values, ck_bfloat16 *gradient,
                             float *gain_gradient);

/// `share · first + (1 − share) · values`.
void ck_mix_scalar(int64_t width, float share, const ck_bfloat16 *first, const ck_bfloat16 *values,
                   ck_bfloat16 *result);
void ck_mix_avx512(int64_t width, float share, const ck_bfloat16 *first, const ck_bfloat16 *values,
                   ck_bfloat16 *result);

/// Replaces the gradient of a mixture by that of the values, writes that of the first values, and
/// returns that of the share.
float ck_mix_gradient_scalar(int64_t width, float share, const ck_bfloat16 *first,
                             const ck_bfloat16 *values, ck_bfloat16 *gradient,
                             ck_bfloat16 *first_gradient);
float ck_mix_gradient_avx512(int64_t width, float share, const ck_bfloat16 *first,
                             const ck_bfloat16 *values, ck_bfloat16 *gradient,
                             ck_bfloat16 *first_gradient);
