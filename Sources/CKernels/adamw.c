// AdamW, and an average of the new values, in one pass over memory: the scalar reference.

#include "adamw.h"

#include <math.h>

void ck_adamw_scalar(const ck_adamw *a, int64_t begin, int64_t end, const ck_adamw_state *s) {
  for (int64_t i = begin; i < end; i++) {
    float gradient = s->gradient[i];
    float first = s->first[i] + (gradient - s->first[i]) * a->first_rate;
    float second = s->second[i] * (1 - a->second_rate) + gradient * gradient * a->second_rate;
    float value = s->value[i] * a->keep;
    value -= a->rate * first / (sqrtf(second) * a->second_scale + a->epsilon);
    s->first[i] = first;
    s->second[i] = second;
    s->value[i] = value;
    if (s->average) s->average[i] += (value - s->average[i]) * a->average_rate;
  }
}

void ck_adamw_step(const ck_adamw *step, int64_t begin, int64_t end, const ck_adamw_state *state) {
  if (ck_isa_in_use() != CK_SCALAR) begin = ck_adamw_avx512(step, begin, end, state);
  ck_adamw_scalar(step, begin, end, state);
}
