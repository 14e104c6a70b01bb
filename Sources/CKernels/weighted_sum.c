// Weighted sums of rows, in one pass over memory whatever the number of terms.

#include "bfloat16.h"
#include "include/ckernels.h"
#include "parallel.h"

/// The number of values in a part, small enough for a first-level cache.
enum { values_of_part = 1024 };

typedef struct {
  int64_t size, terms, parts;
  const void *const *values;
  const float *weights;
  const void *base;
  void *result;
} sum;

#define CK_WEIGHTED_SUM(name, type, widen, narrow)                                                   \
  static void name(void *context, int64_t begin, int64_t end) {                                      \
    const sum *s = context;                                                                          \
    for (int64_t part = begin; part < end; part++) {                                                 \
      int64_t row = part / s->parts, first = part % s->parts * values_of_part;                       \
      int64_t count = s->size - first < values_of_part ? s->size - first : values_of_part;           \
      int64_t place = row * s->size + first;                                                         \
      float total[values_of_part] = {0};                                                             \
      if (s->base) {                                                                                 \
        const type *base = (const type *)s->base + place;                                            \
        for (int64_t i = 0; i < count; i++) total[i] = widen(base[i]);                               \
      }                                                                                              \
      for (int64_t term = 0; term < s->terms; term++) {                                              \
        float weight = s->weights[row * s->terms + term];                                            \
        const type *values = (const type *)s->values[term] + place;                                  \
        if (weight == 0.0f) continue;                                                                \
        for (int64_t i = 0; i < count; i++) total[i] += weight * widen(values[i]);                   \
      }                                                                                              \
      type *result = (type *)s->result + place;                                                      \
      for (int64_t i = 0; i < count; i++) result[i] = narrow(total[i]);                              \
    }                                                                                                \
  }

#define CK_UNCHANGED(x) (x)
CK_WEIGHTED_SUM(sum_float32, float, CK_UNCHANGED, CK_UNCHANGED)
CK_WEIGHTED_SUM(sum_bfloat16, ck_bfloat16, ck_widen, ck_narrow)

void ck_weighted_sum(int64_t rows, int64_t size, int64_t terms, const void *const *values,
                     const float *weights, const void *base, int32_t is_narrow, void *result) {
  int64_t parts = (size + values_of_part - 1) / values_of_part;
  sum s = {size, terms, parts, values, weights, base, result};
  ck_loop(rows * parts, is_narrow ? sum_bfloat16 : sum_float32, &s);
}
