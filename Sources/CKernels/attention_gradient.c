// The gradient of attention, one head of one item at a time. Scores are recomputed for a block of
// keys against all queries: with keys as rows, the gradients of keys and values are plain matrix
// products.

#include <stdlib.h>

#include "attention.h"
#include "attention_head.h"
#include "bfloat16.h"
#include "pack.h"
#include "parallel.h"

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

typedef struct {
  ck_heads heads;
  const ck_bfloat16 *queries, *keys, *values, *result;
  const float *log_sums;
  const ck_bfloat16 *result_gradient;
  ck_bfloat16 *query_gradient, *key_gradient, *value_gradient;
} backward;

/// The arrays for the gradient of one head.
typedef struct {
  ck_scratch memory;
  ck_bfloat16 *queries_by_width, *gradient_by_width, *queries_by_tokens, *gradient_by_tokens;
  ck_bfloat16 *keys_by_tokens, *probabilities, *score_gradients, *all_score_gradients;
  float *scores, *weights, *product, *shares;
} workspace;

static workspace workspace_of(const ck_heads *h) {
  int64_t block = CK_ATTENTION_ROWS, width = h->shape->width, tokens = h->shape->tokens;
  int64_t by_width = 2 * width * h->token_panels, by_tokens = 2 * h->inner_tokens * h->width_panels;
  int64_t scores = 4 * block * h->token_panels, rows = 2 * block * h->inner_tokens;
  int64_t all = 2 * tokens * h->inner_tokens, product = 4 * block * h->width_panels;
  workspace w = {ck_scratch_of(2 * by_width + 3 * by_tokens + 2 * scores + 2 * rows + all + product +
                               4 * h->token_panels)};
  w.queries_by_width = ck_take(&w.memory, by_width);
  w.gradient_by_width = ck_take(&w.memory, by_width);
  w.queries_by_tokens = ck_take(&w.memory, by_tokens);
  w.gradient_by_tokens = ck_take(&w.memory, by_tokens);
  w.keys_by_tokens = ck_take(&w.memory, by_tokens);
  w.scores = ck_take(&w.memory, scores);
  w.weights = ck_take(&w.memory, scores);
  w.probabilities = ck_take(&w.memory, rows);
  w.score_gradients = ck_take(&w.memory, rows);
  w.all_score_gradients = ck_take(&w.memory, all);
  w.product = ck_take(&w.memory, product);
  w.shares = ck_take(&w.memory, 4 * h->token_panels);
  return w;
}

/// Each query's result times the result's gradient, which appears in the gradients of all its
/// scores.
static void compute_shares(const ck_attention *shape, const ck_bfloat16 *result,
                           const ck_bfloat16 *gradient, float *shares) {
  for (int64_t i = 0; i < shape->tokens; i++) {
    int64_t at = i * shape->heads * shape->width;
    float sum = 0;
    for (int64_t j = 0; j < shape->width; j++)
      sum += ck_widen(result[at + j]) * ck_widen(gradient[at + j]);
    shares[i] = sum;
  }
}

/// The gradients of the values and keys from row `row` on, for a head whose keys begin at `key_at`.
/// The gradients of the scores are written to the columns of `all_score_gradients`.
static void key_block(const backward *b, workspace *w, int64_t key_at, int64_t value_at, int64_t row,
                      int64_t rows, const ck_score_gradient *gradient) {
  const ck_heads *h = &b->heads;
  const ck_attention *shape = h->shape;
  int64_t width = shape->width;
  int64_t key = key_at + row * shape->key.token, value = value_at + row * shape->value.token;
  ck_multiply_rows(rows, b->keys + key, shape->key.token, w->queries_by_width, width, h->token_panels,
                   w->scores);
  ck_multiply_rows(rows, b->values + value, shape->value.token, w->gradient_by_width, width,
                   h->token_panels, w->weights);
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t i = 0; i < rows; i++)
    (is_scalar ? ck_score_gradient_scalar : ck_score_gradient_avx512)(
        gradient, w->scores + i * h->token_panels, w->weights + i * h->token_panels,
        w->probabilities + i * h->inner_tokens, w->score_gradients + i * h->inner_tokens);
  ck_multiply_rows(rows, w->probabilities, h->inner_tokens, w->gradient_by_tokens, h->inner_tokens,
                   h->width_panels, w->product);
  ck_store_rows(rows, width, w->product, h->width_panels, 0, b->value_gradient + value,
                shape->value.token);
  ck_multiply_rows(rows, w->score_gradients, h->inner_tokens, w->queries_by_tokens, h->inner_tokens,
                   h->width_panels, w->product);
  ck_store_rows(rows, width, w->product, h->width_panels, 0, b->key_gradient + key,
                shape->key.token);
  ck_transposition t = {w->score_gradients, rows, shape->tokens, h->inner_tokens, h->inner_tokens,
                        w->all_score_gradients + row};
  ck_transpose_here(&t);
}

static void differentiate(void *context, int64_t begin, int64_t end) {
  const backward *b = context;
  const ck_heads *h = &b->heads;
  const ck_attention *shape = h->shape;
  int64_t tokens = shape->tokens, width = shape->width;
  int64_t result_stride = shape->heads * width, query_stride = shape->query.token;
  workspace w = workspace_of(h);
  // Columns of missing keys stay 0.
  for (int64_t i = 0; i < tokens * h->inner_tokens; i++) w.all_score_gradients[i] = 0;
  for (int64_t index = begin; index < end; index++) {
    int64_t item = index / shape->heads, head = index % shape->heads;
    int64_t query_at = ck_head_at(&shape->query, item, head);
    int64_t key_at = ck_head_at(&shape->key, item, head);
    int64_t value_at = ck_head_at(&shape->value, item, head);
    int64_t result_at = (item * tokens * shape->heads + head) * width;
    const ck_bfloat16 *gradient = b->result_gradient + result_at;
    compute_shares(shape, b->result + result_at, gradient, w.shares);
    ck_pack_by_width(h, b->queries + query_at, query_stride, w.queries_by_width);
    ck_pack_by_width(h, gradient, result_stride, w.gradient_by_width);
    ck_pack_by_tokens(h, b->queries + query_at, query_stride, w.queries_by_tokens);
    ck_pack_by_tokens(h, gradient, result_stride, w.gradient_by_tokens);
    ck_pack_by_tokens(h, b->keys + key_at, shape->key.token, w.keys_by_tokens);
    ck_score_gradient scores = {shape->scale, tokens, h->inner_tokens, b->log_sums + index * tokens,
                                w.shares};
    for (int64_t row = 0; row < tokens; row += CK_ATTENTION_ROWS)
      key_block(b, &w, key_at, value_at, row, least(tokens - row, CK_ATTENTION_ROWS), &scores);
    for (int64_t row = 0; row < tokens; row += CK_ATTENTION_ROWS) {
      int64_t rows = least(tokens - row, CK_ATTENTION_ROWS);
      ck_multiply_rows(rows, w.all_score_gradients + row * h->inner_tokens, h->inner_tokens,
                       w.keys_by_tokens, h->inner_tokens, h->width_panels, w.product);
      ck_store_rows(rows, width, w.product, h->width_panels, 0, b->query_gradient + query_at + row * query_stride, query_stride);
    }
  }
  free(w.memory.all);
}

void ck_attention_backward(const ck_attention *shape, const ck_bfloat16 *queries, const ck_bfloat16 *keys,
                           const ck_bfloat16 *values, const ck_bfloat16 *result, const float *log_sums,
                           const ck_bfloat16 *result_gradient, ck_bfloat16 *query_gradient,
                           ck_bfloat16 *key_gradient, ck_bfloat16 *value_gradient) {
  backward b = {ck_heads_of(shape), queries, keys, values, result, log_sums,
                result_gradient, query_gradient, key_gradient, value_gradient};
  ck_loop(shape->batch * shape->heads, differentiate, &b);
}
