// The product of a few rows with one panel: the scalar reference.

#include "tile.h"

#include "bfloat16.h"

void ck_tile(int64_t rows, const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
             int64_t inner, float *result, int64_t result_stride) {
  static void (*const tiles[])(int64_t, const ck_bfloat16 *, int64_t, const ck_bfloat16 *, int64_t,
                               float *, int64_t) = {
      [CK_SCALAR] = ck_tile_scalar, [CK_AVX512_BF16] = ck_tile_avx512, [CK_AMX_BF16] = ck_tile_amx};
  tiles[ck_isa_in_use()](rows, left, left_stride, panel, inner, result, result_stride);
}

int64_t ck_tile_rows(void) {
  // AVX-512's sums are used while they are still in the first-level cache. Setting up AMX's tiles
  // costs as much as multiplying a few rows.
  return ck_isa_in_use() == CK_AMX_BF16 ? CK_MOST_TILE_ROWS : CK_AVX512_TILE_ROWS;
}

void ck_tile_scalar(int64_t rows, const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
                    int64_t inner, float *result, int64_t result_stride) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < CK_PANEL; j++) {
      float sum = 0;
      for (int64_t k = 0; k < inner; k++)
        sum += ck_widen(left[i * left_stride + k]) *
               ck_widen(panel[k / 2 * 2 * CK_PANEL + 2 * j + k % 2]);
      result[i * result_stride + j] = sum;
    }
}
