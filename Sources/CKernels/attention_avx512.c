// Softmax of rows of scores, sixteen values at a time.

#include "attention.h"

#include <math.h>

#include "vector.h"

#ifdef __x86_64__

CK_AVX512 float ck_softmax_avx512(const float *scores, float scale, int64_t count, int64_t padded,
                                  ck_bfloat16 *probabilities, float *log_sum) {
  __m512 most = _mm512_set1_ps(scores[0]), sum = _mm512_setzero_ps();
  int64_t whole = count / 16 * 16;
  for (int64_t j = 0; j < whole; j += 16) most = _mm512_max_ps(most, _mm512_loadu_ps(scores + j));
  if (whole < count)
    most = _mm512_mask_max_ps(most, ck_mask(count - whole), most,
                              _mm512_maskz_loadu_ps(ck_mask(count - whole), scores + whole));
  float largest = _mm512_reduce_max_ps(most);
  __m512 factor = _mm512_set1_ps(scale), shift = _mm512_set1_ps(-largest * scale);
  int64_t j = 0;
  for (; j < whole; j += 16) {
    __m512 value = ck_exp(_mm512_fmadd_ps(_mm512_loadu_ps(scores + j), factor, shift));
    ck_store_narrow(probabilities + j, 0xffff, value);
    sum = _mm512_add_ps(sum, value);
  }
  for (; j < padded; j += 16) {
    __mmask16 mask = count > j ? ck_mask(count - j) : 0;
    __m512 score = _mm512_maskz_loadu_ps(mask, scores + j);
    __m512 value = _mm512_maskz_mov_ps(mask, ck_exp(_mm512_fmadd_ps(score, factor, shift)));
    ck_store_narrow(probabilities + j, 0xffff, value);
    sum = _mm512_add_ps(sum, value);
  }
  float total = _mm512_reduce_add_ps(sum);
  *log_sum = largest * scale + logf(total);
  return total;
}

CK_INLINE void score_gradient(const ck_score_gradient *g, const float *scores, const float *weights,
                              ck_bfloat16 *probabilities, ck_bfloat16 *gradients, int64_t j,
                              __mmask16 mask) {
  __m512 scale = _mm512_set1_ps(g->scale);
  __m512 logarithm = _mm512_sub_ps(_mm512_mul_ps(ck_load(scores + j, mask), scale),
                                   ck_load(g->log_sums + j, mask));
  __m512 p = ck_exp(logarithm);
  if (mask != 0xffff) p = _mm512_maskz_mov_ps(mask, p);
  __m512 excess = _mm512_sub_ps(ck_load(weights + j, mask), ck_load(g->shares + j, mask));
  ck_store_narrow(probabilities + j, 0xffff, p);
  ck_store_narrow(gradients + j, 0xffff, _mm512_mul_ps(_mm512_mul_ps(p, excess), scale));
}

CK_AVX512 void ck_score_gradient_avx512(const ck_score_gradient *g, const float *scores,
                                        const float *weights, ck_bfloat16 *probabilities,
                                        ck_bfloat16 *gradients) {
  int64_t j = 0;
  for (; j + 16 <= g->count; j += 16)
    score_gradient(g, scores, weights, probabilities, gradients, j, 0xffff);
  for (; j < g->padded; j += 16)
    score_gradient(g, scores, weights, probabilities, gradients, j,
                   g->count > j ? ck_mask(g->count - j) : 0);
}

#else

float ck_softmax_avx512(const float *scores, float scale, int64_t count, int64_t padded,
                        ck_bfloat16 *probabilities, float *log_sum) {
  return ck_softmax_scalar(scores, scale, count, padded, probabilities, log_sum);
}

void ck_score_gradient_avx512(const ck_score_gradient *g, const float *scores, const float *weights,
                              ck_bfloat16 *probabilities, ck_bfloat16 *gradients) {
  ck_score_gradient_scalar(g, scores, weights, probabilities, gradients);
}

#endif
