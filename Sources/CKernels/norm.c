// Modulated norms, gates and sums of columns: the loop over items, and the scalar reference.

#include "norm.h"

#include <math.h>
#include <string.h>

#include "bfloat16.h"
#include "parallel.h"

static ck_row_norm row_norm(const ck_norm *norm, int64_t item) {
  int64_t at = item * norm->width;
  return (ck_row_norm){norm->width, norm->epsilon, norm->is_rms, norm->gain,
                       norm->shift ? norm->shift + at : 0, norm->scale ? norm->scale + at : 0};
}

typedef struct {
  const ck_norm *norm;
  const float *rows;
  ck_bfloat16 *result;
  float *means, *inverses;
} forward;

static void normalize(void *context, int64_t begin, int64_t end) {
  const forward *f = context;
  int64_t width = f->norm->width;
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t i = begin; i < end; i++) {
    ck_row_norm n = row_norm(f->norm, i / f->norm->tokens);
    (is_scalar ? ck_norm_row_scalar : ck_norm_row_avx512)(
        &n, f->rows + i * width, f->result + i * width, f->means + i, f->inverses + i);
  }
}

void ck_norm_forward(const ck_norm *norm, const float *rows, ck_bfloat16 *result, float *means,
                     float *inverse_deviations) {
  forward f = {norm, rows, result, means, inverse_deviations};
  ck_loop(norm->rows, normalize, &f);
}

typedef struct {
  const ck_norm *norm;
  const float *rows, *means, *inverses;
  const ck_bfloat16 *result_gradient;
  ck_row_gradient gradient;
} backward;

/// Sets the part of `all` that belongs to an item to zero and returns it; null stays null.
static float *cleared(float *all, int64_t item, int64_t width) {
  return all ? memset(all + item * width, 0, (size_t)width * sizeof(float)) : 0;
}

static void differentiate(void *context, int64_t begin, int64_t end) {
  const backward *b = context;
  int64_t width = b->norm->width, tokens = b->norm->tokens;
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t item = begin; item < end; item++) {
    ck_row_norm n = row_norm(b->norm, item);
    ck_row_gradient g = {0, cleared(b->gradient.gain, item, width),
                         cleared(b->gradient.shift, item, width),
                         cleared(b->gradient.scale, item, width)};
    for (int64_t i = item * tokens; i < (item + 1) * tokens; i++) {
      g.row = b->gradient.row + i * width;
      (is_scalar ? ck_norm_row_gradient_scalar : ck_norm_row_gradient_avx512)(
          &n, b->rows + i * width, b->means[i], b->inverses[i], b->result_gradient + i * width, &g);
    }
  }
}

void ck_norm_backward(const ck_norm *norm, const float *rows, const float *means,
                      const float *inverse_deviations, const ck_bfloat16 *result_gradient,
                      float *row_gradient, float *gain_gradient, float *shift_gradient,
                      float *scale_gradient) {
  backward b = {norm, rows, means, inverse_deviations, result_gradient,
                {row_gradient, gain_gradient, shift_gradient, scale_gradient}};
  ck_loop(norm->rows / norm->tokens, differentiate, &b);
}

typedef struct {
  int64_t width, tokens;
  const float *rows, *gate;
  const ck_bfloat16 *values;
  float *result;
} gating;

static void add_gated(void *context, int64_t begin, int64_t end) {
  const gating *g = context;
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t i = begin; i < end; i++) {
    int64_t at = i * g->width;
    (is_scalar ? ck_gate_row_scalar : ck_gate_row_avx512)(
        g->width, g->rows + at, g->gate + i / g->tokens * g->width, g->values + at, g->result + at);
  }
}

void ck_gate_forward(int64_t count, int64_t width, int64_t tokens, const float *rows, const float *gate,
                     const ck_bfloat16 *values, float *result) {
  gating g = {width, tokens, rows, gate, values, result};
  ck_loop(count, add_gated, &g);
}

typedef struct {
  int64_t width, tokens;
  const float *result_gradient, *gate;
  const ck_bfloat16 *values;
  ck_bfloat16 *value_gradient;
  float *gate_gradient;
} gates;

static void differentiate_gates(void *context, int64_t begin, int64_t end) {
  const gates *g = context;
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t item = begin; item < end; item++) {
    float *gradient = cleared(g->gate_gradient, item, g->width);
    for (int64_t i = item * g->tokens; i < (item + 1) * g->tokens; i++) {
      int64_t at = i * g->width;
      (is_scalar ? ck_gate_row_gradient_scalar : ck_gate_row_gradient_avx512)(
          g->width, g->result_gradient + at, g->gate + item * g->width, g->values + at,
          g->value_gradient + at, gradient);
    }
  }
}

void ck_gate_backward(int64_t count, int64_t width, int64_t tokens, const float *result_gradient,
                      const float *gate, const ck_bfloat16 *values, ck_bfloat16 *value_gradient,
                      float *gate_gradient) {
  gates g = {width, tokens, result_gradient, gate, values, value_gradient, gate_gradient};
  ck_loop(count / tokens, differentiate_gates, &g);
}

/// The number of columns that one part of the loop sums: one cache line.
enum { columns_of_part = 32 };

typedef struct {
  const ck_bfloat16 *matrix;
  int64_t rows, columns;
  float *sums;
} column_sums;

static void sum_columns(void *context, int64_t begin, int64_t end) {
  const column_sums *c = context;
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  int64_t first = begin * columns_of_part, last = end * columns_of_part;
  int64_t width = (last < c->columns ? last : c->columns) - first;
  memset(c->sums + first, 0, (size_t)width * sizeof(float));
  for (int64_t i = 0; i < c->rows; i++)
    (is_scalar ? ck_add_row_scalar : ck_add_row_avx512)(width, c->matrix + i * c->columns + first,
                                                         c->sums + first);
}

void ck_column_sums(const ck_bfloat16 *matrix, int64_t rows, int64_t columns, float *sums) {
  column_sums c = {matrix, rows, columns, sums};
  ck_loop((columns + columns_of_part - 1) / columns_of_part, sum_columns, &c);
}

void ck_norm_row_scalar(const ck_row_norm *n, const float *row, ck_bfloat16 *result, float *mean,
                        float *inverse) {
  float sum = 0, squares = 0;
  for (int64_t j = 0; j < n->width; j++) sum += row[j];
  *mean = n->is_rms ? 0 : sum / (float)n->width;
  for (int64_t j = 0; j < n->width; j++) squares += (row[j] - *mean) * (row[j] - *mean);
  *inverse = 1 / sqrtf(squares / (float)n->width + n->epsilon);
  for (int64_t j = 0; j < n->width; j++) {
    float value = (row[j] - *mean) * *inverse;
    if (n->gain) value *= n->gain[j];
    if (n->scale) value *= 1 + n->scale[j];
    if (n->shift) value += n->shift[j];
    result[j] = ck_narrow(value);
  }
}

void ck_norm_row_gradient_scalar(const ck_row_norm *n, const float *row, float mean, float inverse,
                                 const ck_bfloat16 *result_gradient, const ck_row_gradient *gradient) {
  float sum = 0, product = 0;
  for (int64_t j = 0; j < n->width; j++) {
    float value = (row[j] - mean) * inverse, g = ck_widen(result_gradient[j]);
    float factor = n->scale ? 1 + n->scale[j] : 1, gain = n->gain ? n->gain[j] : 1;
    if (gradient->shift) gradient->shift[j] += g;
    if (gradient->scale) gradient->scale[j] += g * gain * value;
    if (gradient->gain) gradient->gain[j] += g * factor * value;
    sum += g * factor * gain;
    product += g * factor * gain * value;
  }
  float mean_gradient = n->is_rms ? 0 : sum / (float)n->width, share = product / (float)n->width;
  for (int64_t j = 0; j < n->width; j++) {
    float value = (row[j] - mean) * inverse, g = ck_widen(result_gradient[j]);
    float factor = n->scale ? 1 + n->scale[j] : 1, gain = n->gain ? n->gain[j] : 1;
    gradient->row[j] += inverse * (g * factor * gain - mean_gradient - value * share);
  }
}

void ck_gate_row_scalar(int64_t width, const float *row, const float *gate, const ck_bfloat16 *values,
                        float *result) {
  for (int64_t j = 0; j < width; j++) result[j] = row[j] + gate[j] * ck_widen(values[j]);
}

void ck_gate_row_gradient_scalar(int64_t width, const float *result_gradient, const float *gate,
                        const ck_bfloat16 *values, ck_bfloat16 *value_gradient, float *gate_gradient) {
  for (int64_t j = 0; j < width; j++) {
    value_gradient[j] = ck_narrow(result_gradient[j] * gate[j]);
    gate_gradient[j] += result_gradient[j] * ck_widen(values[j]);
  }
}

void ck_add_row_scalar(int64_t width, const ck_bfloat16 *row, float *sums) {
  for (int64_t j = 0; j < width; j++) sums[j] += ck_widen(row[j]);
}
