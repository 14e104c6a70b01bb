#pragma once
#include "include/ckernels.h"

/// Computes the probabilities of a row of `count` scores, not yet divided by their sum, which is
/// returned; writes zeros up to `padded`. `log_sum` is the logarithm of the sum of the exponentials
/// of the scaled scores.
float ck_softmax_scalar(const float *scores, float scale, int64_t count, int64_t padded,
                        ck_bfloat16 *probabilities, float *log_sum);
float ck_softmax_avx512(const float *scores, float scale, int64_t count, int64_t padded,
                        ck_bfloat16 *probabilities, float *log_sum);

/// The probabilities of one key for each query, and the gradients of its scores.
typedef struct {
  float scale;
  int64_t count, padded;
  /// [count]: for each query the log sum, and the product of result and result gradient.
  const float *log_sums, *shares;
} ck_score_gradient;

void ck_score_gradient_scalar(const ck_score_gradient *g, const float *scores, const float *weights,
                              ck_bfloat16 *probabilities, ck_bfloat16 *gradients);
void ck_score_gradient_avx512(const ck_score_gradient *g, const float *scores, const float *weights,
                              ck_bfloat16 *probabilities, ck_bfloat16 *gradients);
