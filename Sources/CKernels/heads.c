// Norms and rotations of queries and keys, and mixing the first block's values into later ones: the
// loop over items, and the scalar reference.

#include "heads.h"

#include <math.h>
#include <string.h>

#include "bfloat16.h"
#include "parallel.h"

/// The norms of queries (0) or keys (1) of one token.
static ck_head_norm norm_of(const ck_heads_before *b, int64_t part, int64_t item, int64_t token) {
  int64_t row = b->is_table_of_item ? item * b->tokens + token : token;
  return (ck_head_norm){b->width, b->epsilon, part == 0 ? b->query_gain : b->key_gain,
                        b->cosines ? b->cosines + row * b->width : 0,
                        b->sines ? b->sines + row * b->width : 0};
}

static const ck_bfloat16 *first_of(const ck_heads_before *b, int64_t item, int64_t token, int64_t head) {
  const ck_strides *s = &b->first_strides;
  return b->first_values + item * s->item + token * s->token + head * s->head;
}

typedef struct {
  const ck_heads_before *before;
  const ck_bfloat16 *projection;
  ck_bfloat16 *prepared;
} forward;

static void prepare(void *context, int64_t begin, int64_t end) {
  const forward *f = context;
  const ck_heads_before *b = f->before;
  int64_t all = b->heads * b->width;
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t row = begin; row < end; row++) {
    int64_t item = row / b->tokens, token = row % b->tokens;
    const ck_bfloat16 *from = f->projection + row * 3 * all;
    ck_bfloat16 *to = f->prepared + row * 3 * all;
    for (int64_t part = 0; part < 2; part++) {
      ck_head_norm n = norm_of(b, part, item, token);
      for (int64_t at = part * all; at < (part + 1) * all; at += b->width)
        (is_scalar ? ck_head_scalar : ck_head_avx512)(&n, from + at, to + at);
    }
    if (!b->first_values) memcpy(to + 2 * all, from + 2 * all, (size_t)all * sizeof *to);
    for (int64_t head = 0; b->first_values && head < b->heads; head++) {
      int64_t at = 2 * all + head * b->width;
      (is_scalar ? ck_mix_scalar : ck_mix_avx512)(b->width, b->share, first_of(b, item, token, head),
                                                  from + at, to + at);
    }
  }
}

void ck_heads_forward(const ck_heads_before *before, const ck_bfloat16 *projection, ck_bfloat16 *prepared) {
  forward f = {before, projection, prepared};
  ck_loop(before->batch * before->tokens, prepare, &f);
}

typedef struct {
  const ck_heads_before *before;
  const ck_bfloat16 *projection;
  ck_bfloat16 *gradient;
  float *gains[2];
  ck_bfloat16 *first_gradient;
  float *share_gradient;
} backward;

static void differentiate_token(const backward *d, int64_t item, int64_t token) {
  const ck_heads_before *b = d->before;
  int64_t all = b->heads * b->width, row = item * b->tokens + token;
  const ck_bfloat16 *from = d->projection + row * 3 * all;
  ck_bfloat16 *to = d->gradient + row * 3 * all;
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t part = 0; part < 2; part++) {
    ck_head_norm n = norm_of(b, part, item, token);
    float *gain = d->gains[part] ? d->gains[part] + item * b->width : 0;
    for (int64_t at = part * all; at < (part + 1) * all; at += b->width)
      (is_scalar ? ck_head_gradient_scalar : ck_head_gradient_avx512)(&n, from + at, to + at, gain);
  }
  for (int64_t head = 0; b->first_values && head < b->heads; head++) {
    int64_t at = 2 * all + head * b->width;
    d->share_gradient[item] += (is_scalar ? ck_mix_gradient_scalar : ck_mix_gradient_avx512)(
        b->width, b->share, first_of(b, item, token, head), from + at, to + at,
        d->first_gradient + row * all + head * b->width);
  }
}

static void differentiate(void *context, int64_t begin, int64_t end) {
  const backward *d = context;
  const ck_heads_before *b = d->before;
  for (int64_t item = begin; item < end; item++) {
    for (int64_t part = 0; part < 2; part++)
      if (d->gains[part]) memset(d->gains[part] + item * b->width, 0, (size_t)b->width * sizeof(float));
    if (d->share_gradient) d->share_gradient[item] = 0;
    for (int64_t token = 0; token < b->tokens; token++) differentiate_token(d, item, token);
  }
}

void ck_heads_backward(const ck_heads_before *before, const ck_bfloat16 *projection, ck_bfloat16 *gradient,
                       float *query_gain_gradient, float *key_gain_gradient,
                       ck_bfloat16 *first_gradient, float *share_gradient) {
  backward d = {before, projection, gradient, {query_gain_gradient, key_gain_gradient},
                first_gradient, share_gradient};
  ck_loop(before->batch, differentiate, &d);
}

static float inverse_root_mean_square(const ck_head_norm *n, const ck_bfloat16 *values) {
  float squares = 0;
  if (!n->gain) return 1;
  for (int64_t j = 0; j < n->width; j++) squares += ck_widen(values[j]) * ck_widen(values[j]);
  return 1 / sqrtf(squares / (float)n->width + n->epsilon);
}

void ck_head_scalar(const ck_head_norm *n, const ck_bfloat16 *values, ck_bfloat16 *result) {
  float inverse = inverse_root_mean_square(n, values);
  for (int64_t j = 0; j < n->width; j += 2) {
    float a = ck_widen(values[j]) * inverse, b = ck_widen(values[j + 1]) * inverse;
    if (n->gain) {
      a *= n->gain[j];
      b *= n->gain[j + 1];
    }
    float c = n->cosines ? n->cosines[j] : 1, s = n->sines ? n->sines[j] : 0;
    float c2 = n->cosines ? n->cosines[j + 1] : 1, s2 = n->sines ? n->sines[j + 1] : 0;
    result[j] = ck_narrow(a * c - b * s);
    result[j + 1] = ck_narrow(b * c2 + a * s2);
  }
}

void ck_head_gradient_scalar(const ck_head_norm *n, const ck_bfloat16 *values, ck_bfloat16 *gradient,
                             float *gain_gradient) {
  float inverse = inverse_root_mean_square(n, values), product = 0;
  float turned[n->width];
  for (int64_t j = 0; j < n->width; j += 2) {
    float a = ck_widen(gradient[j]), b = ck_widen(gradient[j + 1]);
    float c = n->cosines ? n->cosines[j] : 1, s = n->sines ? n->sines[j] : 0;
    float c2 = n->cosines ? n->cosines[j + 1] : 1, s2 = n->sines ? n->sines[j + 1] : 0;
    turned[j] = a * c + b * s2;
    turned[j + 1] = b * c2 - a * s;
  }
  for (int64_t j = 0; n->gain && j < n->width; j++) {
    float value = ck_widen(values[j]) * inverse;
    gain_gradient[j] += turned[j] * value;
    turned[j] *= n->gain[j];
    product += turned[j] * value;
  }
  float share = product / (float)n->width;
  for (int64_t j = 0; j < n->width; j++) {
    float value = ck_widen(values[j]) * inverse;
    gradient[j] = ck_narrow(inverse * (turned[j] - value * share));
  }
}

void ck_mix_scalar(int64_t width, float share, const ck_bfloat16 *first, const ck_bfloat16 *values,
                   ck_bfloat16 *result) {
  for (int64_t j = 0; j < width; j++)
    result[j] = ck_narrow(share * ck_widen(first[j]) + (1 - share) * ck_widen(values[j]));
}

float ck_mix_gradient_scalar(int64_t width, float share, const ck_bfloat16 *first,
                             const ck_bfloat16 *values, ck_bfloat16 *gradient,
                             ck_bfloat16 *first_gradient) {
  float sum = 0;
  for (int64_t j = 0; j < width; j++) {
    float g = ck_widen(gradient[j]);
    sum += g * (ck_widen(first[j]) - ck_widen(values[j]));
    first_gradient[j] = ck_narrow(share * g);
    gradient[j] = ck_narrow((1 - share) * g);
  }
  return sum;
}
