// Attention, one head of one item at a time. Its scores are held block by block in the cache, so
// that nothing of size tokens x tokens is written to memory.

#include "attention.h"

#include <math.h>
#include <stdlib.h>

#include "attention_head.h"
#include "bfloat16.h"
#include "parallel.h"

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

typedef struct {
  ck_heads heads;
  const ck_bfloat16 *queries, *keys, *values;
  ck_bfloat16 *result;
  float *log_sums;
} forward;

static void attend(void *context, int64_t begin, int64_t end) {
  const forward *f = context;
  const ck_heads *h = &f->heads;
  const ck_attention *shape = h->shape;
  int64_t tokens = shape->tokens, width = shape->width;
  int64_t block = CK_ATTENTION_ROWS;
  ck_scratch memory =
      ck_scratch_of(2 * width * h->token_panels + 2 * h->inner_tokens * h->width_panels +
                    block * (4 * h->token_panels + 2 * h->inner_tokens + 4 * h->width_panels));
  ck_bfloat16 *keys = ck_take(&memory, 2 * width * h->token_panels);
  ck_bfloat16 *values = ck_take(&memory, 2 * h->inner_tokens * h->width_panels);
  float *scores = ck_take(&memory, 4 * block * h->token_panels);
  ck_bfloat16 *probabilities = ck_take(&memory, 2 * block * h->inner_tokens);
  float *attended = ck_take(&memory, 4 * block * h->width_panels);
  float factors[CK_ATTENTION_ROWS];
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t index = begin; index < end; index++) {
    int64_t item = index / shape->heads, head = index % shape->heads;
    const ck_bfloat16 *queries = f->queries + ck_head_at(&shape->query, item, head);
    ck_pack_by_width(h, f->keys + ck_head_at(&shape->key, item, head), shape->key.token, keys);
    ck_pack_by_tokens(h, f->values + ck_head_at(&shape->value, item, head), shape->value.token, values);
    for (int64_t row = 0; row < tokens; row += block) {
      int64_t rows = least(tokens - row, block);
      ck_multiply_rows(rows, queries + row * shape->query.token, shape->query.token, keys, width,
                       h->token_panels, scores);
      for (int64_t i = 0; i < rows; i++)
        factors[i] = 1 / (is_scalar ? ck_softmax_scalar : ck_softmax_avx512)(
                             scores + i * h->token_panels, shape->scale, tokens, h->inner_tokens,
                             probabilities + i * h->inner_tokens,
                             f->log_sums + index * tokens + row + i);
      ck_multiply_rows(rows, probabilities, h->inner_tokens, values, h->inner_tokens, h->width_panels,
                       attended);
      ck_store_rows(rows, width, attended, h->width_panels, factors,
                    f->result + ((item * tokens + row) * shape->heads + head) * width,
                    shape->heads * width);
    }
  }
  free(memory.all);
}

void ck_attention_forward(const ck_attention *shape, const ck_bfloat16 *queries, const ck_bfloat16 *keys,
                          const ck_bfloat16 *values, ck_bfloat16 *result, float *log_sums) {
  forward f = {ck_heads_of(shape), queries, keys, values, result, log_sums};
  ck_loop(shape->batch * shape->heads, attend, &f);
}

float ck_softmax_scalar(const float *scores, float scale, int64_t count, int64_t padded,
                        ck_bfloat16 *probabilities, float *log_sum) {
  float most = scores[0], sum = 0;
  for (int64_t j = 1; j < count; j++) most = scores[j] > most ? scores[j] : most;
  for (int64_t j = 0; j < padded; j++) {
    float value = j < count ? expf((scores[j] - most) * scale) : 0;
    probabilities[j] = ck_narrow(value);
    sum += value;
  }
  *log_sum = most * scale + logf(sum);
  return sum;
}

void ck_score_gradient_scalar(const ck_score_gradient *g, const float *scores, const float *weights,
                              ck_bfloat16 *probabilities, ck_bfloat16 *gradients) {
  for (int64_t j = 0; j < g->padded; j++) {
    float p = j < g->count ? expf(scores[j] * g->scale - g->log_sums[j]) : 0;
    probabilities[j] = ck_narrow(p);
    gradients[j] = j < g->count ? ck_narrow(p * (weights[j] - g->shares[j]) * g->scale) : 0;
  }
}
