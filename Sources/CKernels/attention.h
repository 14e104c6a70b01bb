#pragma once
#include "include/ckernels.h"

/// Turns a row of `count` scores into probabilities, not yet divided by their sum, which is returned; zeros
/// from there to `padded`. `log_sum` is the logarithm of the sum of what the scores stand for.
float ck_softmax_scalar(const float *scores, float scale, int64_t count, int64_t padded,
                        ck_bfloat16 *probabilities, float *log_sum);
float ck_softmax_avx512(const float *scores, float scale, int64_t count, int64_t padded,
                        ck_bfloat16 *probabilities, float *log_sum);

/// A key's probabilities in each query's sum, and the gradients of its scores.
typedef struct {
  float scale;
  int64_t count, padded;
  /// [count]: each query's log sum, and its result times the result's gradient.
  const float *log_sums, *shares;
} ck_score_gradient;

void ck_score_gradient_scalar(const ck_score_gradient *g, const float *scores, const float *weights,
                              ck_bfloat16 *probabilities, ck_bfloat16 *gradients);
void ck_score_gradient_avx512(const ck_score_gradient *g, const float *scores, const float *weights,
                              ck_bfloat16 *probabilities, ck_bfloat16 *gradients);
