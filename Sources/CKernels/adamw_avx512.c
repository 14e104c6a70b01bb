// AdamW, sixteen values at a time.

#include "adamw.h"
#include "vector.h"

#ifdef __x86_64__

CK_AVX512 int64_t ck_adamw_avx512(const ck_adamw *a, int64_t begin, int64_t end,
                                  const ck_adamw_state *s) {
  __m512 first_rate = _mm512_set1_ps(a->first_rate), second_rate = _mm512_set1_ps(a->second_rate);
  __m512 second_keep = _mm512_set1_ps(1 - a->second_rate), keep = _mm512_set1_ps(a->keep);
  __m512 rate = _mm512_set1_ps(a->rate), scale = _mm512_set1_ps(a->second_scale);
  __m512 epsilon = _mm512_set1_ps(a->epsilon), average_rate = _mm512_set1_ps(a->average_rate);
  for (; begin + 16 <= end; begin += 16) {
    __m512 gradient = _mm512_loadu_ps(s->gradient + begin);
    __m512 first = _mm512_loadu_ps(s->first + begin);
    first = _mm512_add_ps(first, _mm512_mul_ps(_mm512_sub_ps(gradient, first), first_rate));
    __m512 second = _mm512_mul_ps(_mm512_loadu_ps(s->second + begin), second_keep);
    second = _mm512_add_ps(second, _mm512_mul_ps(_mm512_mul_ps(gradient, gradient), second_rate));
    __m512 root = _mm512_add_ps(_mm512_mul_ps(_mm512_sqrt_ps(second), scale), epsilon);
    __m512 value = _mm512_mul_ps(_mm512_loadu_ps(s->value + begin), keep);
    value = _mm512_sub_ps(value, _mm512_div_ps(_mm512_mul_ps(rate, first), root));
    _mm512_storeu_ps(s->first + begin, first);
    _mm512_storeu_ps(s->second + begin, second);
    _mm512_storeu_ps(s->value + begin, value);
    if (!s->average) continue;
    __m512 average = _mm512_loadu_ps(s->average + begin);
    average = _mm512_add_ps(average, _mm512_mul_ps(_mm512_sub_ps(value, average), average_rate));
    _mm512_storeu_ps(s->average + begin, average);
  }
  return begin;
}

#else

int64_t ck_adamw_avx512(const ck_adamw *step, int64_t begin, int64_t end, const ck_adamw_state *state) {
  return begin;
}

#endif
