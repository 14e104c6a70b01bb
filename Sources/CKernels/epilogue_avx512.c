// The epilogue of a product, sixteen columns at a time.

#include "epilogue.h"
#include "vector.h"

#ifdef __x86_64__

/// Sixteen columns of a row; `at` is their position in the result.
CK_INLINE void store(const ck_epilogue *e, __m512 value, int64_t column, int64_t at,
                     __mmask16 mask) {
  if (e->bias) value = _mm512_add_ps(value, ck_load(e->bias + column, mask));
  if (e->before) ck_store_narrow(e->before + at, mask, value);
  if (e->gelu) value = ck_gelu(value);
  if (e->result) ck_store(e->result + at, mask, value);
  if (e->narrow_result) ck_store_narrow(e->narrow_result + at, mask, value);
}

CK_AVX512 void ck_epilogue_avx512(const ck_epilogue *e, const float *tile, int64_t rows, int64_t row,
                                  int64_t column, int64_t count, int64_t columns) {
  for (int64_t i = 0; i < rows; i++, tile += CK_PANEL) {
    int64_t at = (row + i) * columns + column;
    int64_t j = 0;
    for (; j + 16 <= count; j += 16)
      store(e, _mm512_load_ps(tile + j), column + j, at + j, 0xffff);
    if (j < count)
      store(e, _mm512_load_ps(tile + j), column + j, at + j, ck_mask(count - j));
  }
}

#else

void ck_epilogue_avx512(const ck_epilogue *e, const float *tile, int64_t rows, int64_t row, int64_t column,
                        int64_t count, int64_t columns) {
  ck_epilogue_scalar(e, tile, rows, row, column, count, columns);
}

#endif
