// The gradient of GELU; GELU itself is part of a product's epilogue.

#include "gelu.h"

#include "bfloat16.h"
#include "parallel.h"

/// The number of values in a part, small enough for a first-level cache.
enum { values_of_part = 4096 };

typedef struct {
  int64_t count;
  const ck_bfloat16 *values, *result_gradient;
  ck_bfloat16 *gradient;
} backward;

static void differentiate(void *context, int64_t begin, int64_t end) {
  const backward *b = context;
  int64_t last = end * values_of_part < b->count ? end * values_of_part : b->count;
  (ck_isa_in_use() == CK_SCALAR ? ck_gelu_backward_scalar : ck_gelu_backward_avx512)(
      begin * values_of_part, last, b->values, b->result_gradient, b->gradient);
}

void ck_gelu_backward(int64_t count, const ck_bfloat16 *values, const ck_bfloat16 *result_gradient,
                      ck_bfloat16 *gradient) {
  backward b = {count, values, result_gradient, gradient};
  ck_loop((count + values_of_part - 1) / values_of_part, differentiate, &b);
}

void ck_gelu_backward_scalar(int64_t begin, int64_t end, const ck_bfloat16 *values,
                             const ck_bfloat16 *result_gradient, ck_bfloat16 *gradient) {
  for (int64_t i = begin; i < end; i++) {
    float x = ck_widen(values[i]), s = ck_gelu_sigmoid(x);
    float slope = s + x * s * (1.0f - s) * (1.5957691216f + 0.2140644488178f * x * x);
    gradient[i] = ck_narrow(ck_widen(result_gradient[i]) * slope);
  }
}
