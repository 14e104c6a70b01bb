// Values gated by SiLU, row by row, and the scalar reference.

#include "swiglu.h"

#include <math.h>

#include "bfloat16.h"
#include "parallel.h"

typedef struct {
  int64_t hidden;
  const ck_bfloat16 *both, *result_gradient;
  ck_bfloat16 *result, *gradient;
} swiglu;

static void apply(void *context, int64_t begin, int64_t end) {
  const swiglu *s = context;
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t row = begin; row < end; row++) {
    const ck_bfloat16 *gates = s->both + row * 2 * s->hidden;
    (is_scalar ? ck_swiglu_row_scalar : ck_swiglu_row_avx512)(s->hidden, gates, gates + s->hidden,
                                                              s->result + row * s->hidden);
  }
}

void ck_swiglu_forward(int64_t rows, int64_t hidden, const ck_bfloat16 *both, ck_bfloat16 *result) {
  swiglu s = {.hidden = hidden, .both = both, .result = result};
  ck_loop(rows, apply, &s);
}

static void differentiate(void *context, int64_t begin, int64_t end) {
  const swiglu *s = context;
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  for (int64_t row = begin; row < end; row++) {
    const ck_bfloat16 *gates = s->both + row * 2 * s->hidden;
    ck_bfloat16 *gradient = s->gradient + row * 2 * s->hidden;
    (is_scalar ? ck_swiglu_row_gradient_scalar : ck_swiglu_row_gradient_avx512)(
        s->hidden, gates, gates + s->hidden, s->result_gradient + row * s->hidden, gradient,
        gradient + s->hidden);
  }
}

void ck_swiglu_backward(int64_t rows, int64_t hidden, const ck_bfloat16 *both,
                        const ck_bfloat16 *result_gradient, ck_bfloat16 *gradient) {
  swiglu s = {.hidden = hidden, .both = both, .result_gradient = result_gradient, .gradient = gradient};
  ck_loop(rows, differentiate, &s);
}

void ck_swiglu_row_scalar(int64_t hidden, const ck_bfloat16 *gates, const ck_bfloat16 *values,
                          ck_bfloat16 *result) {
  for (int64_t j = 0; j < hidden; j++) {
    float gate = ck_widen(gates[j]);
    result[j] = ck_narrow(gate / (1 + expf(-gate)) * ck_widen(values[j]));
  }
}

void ck_swiglu_row_gradient_scalar(int64_t hidden, const ck_bfloat16 *gates, const ck_bfloat16 *values,
                                   const ck_bfloat16 *result_gradient, ck_bfloat16 *gate_gradient,
                                   ck_bfloat16 *value_gradient) {
  for (int64_t j = 0; j < hidden; j++) {
    float gate = ck_widen(gates[j]), g = ck_widen(result_gradient[j]);
    float s = 1 / (1 + expf(-gate));
    gate_gradient[j] = ck_narrow(g * ck_widen(values[j]) * s * (1 + gate * (1 - s)));
    value_gradient[j] = ck_narrow(g * gate * s);
  }
}
