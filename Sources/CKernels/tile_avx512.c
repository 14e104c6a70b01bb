// The product of a few rows with one panel, by AVX-512's pairwise multiply-add: the sums of six
// rows by 64 columns stay in registers.

#include <string.h>

#include "tile.h"
#include "vector.h"

#ifdef __x86_64__

// Aligned so that the loop never straddles a page of code: sampling was 2 to 4 % slower where it did, and
// where it lies would otherwise change with every change of the program around it.
#define CK_TILE_OF(count)                                                                           \
  __attribute__((aligned(1024))) CK_AVX512 static void tile_of_##count(const ck_bfloat16 *left, int64_t left_stride,              \
                                        const ck_bfloat16 *panel, int64_t inner, float *result,     \
                                        int64_t result_stride) {                                    \
    __m512 sums[count][4];                                                                          \
    for (int i = 0; i < count; i++)                                                                 \
      for (int j = 0; j < 4; j++) sums[i][j] = _mm512_setzero_ps();                                 \
    for (int64_t k = 0; k < inner; k += 2) {                                                        \
      const ck_bfloat16 *pairs = panel + k * CK_PANEL;                                              \
      __m512bh right[4];                                                                            \
      _Pragma("clang loop unroll(full)") for (int j = 0; j < 4; j++)                               \
          right[j] = (__m512bh)_mm512_loadu_si512(pairs + 32 * j);                                  \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) {                         \
        int32_t pair;                                                                               \
        memcpy(&pair, left + i * left_stride + k, 4);                                               \
        __m512bh both = (__m512bh)_mm512_set1_epi32(pair);                                          \
        _Pragma("clang loop unroll(full)") for (int j = 0; j < 4; j++)                             \
            sums[i][j] = _mm512_dpbf16_ps(sums[i][j], both, right[j]);                              \
      }                                                                                             \
    }                                                                                               \
    for (int i = 0; i < count; i++)                                                                 \
      for (int j = 0; j < 4; j++) _mm512_storeu_ps(result + i * result_stride + 16 * j, sums[i][j]); \
  }
CK_TILE_OF(1)
CK_TILE_OF(2)
CK_TILE_OF(3)
CK_TILE_OF(4)
CK_TILE_OF(5)
CK_TILE_OF(6)

void ck_tile_avx512(int64_t rows, const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
                    int64_t inner, float *result, int64_t result_stride) {
  static void (*const tiles[])(const ck_bfloat16 *, int64_t, const ck_bfloat16 *, int64_t, float *,
                               int64_t) = {0,         tile_of_1, tile_of_2, tile_of_3,
                                           tile_of_4, tile_of_5, tile_of_6};
  for (int64_t row = 0; row < rows; row += CK_AVX512_TILE_ROWS) {
    int64_t count = rows - row < CK_AVX512_TILE_ROWS ? rows - row : CK_AVX512_TILE_ROWS;
    tiles[count](left + row * left_stride, left_stride, panel, inner, result + row * result_stride,
                 result_stride);
  }
}

#else

void ck_tile_avx512(int64_t rows, const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
                    int64_t inner, float *result, int64_t result_stride) {
  ck_tile_scalar(rows, left, left_stride, panel, inner, result, result_stride);
}

#endif
