// Packing and transposing sixteen pairs of values at a time.

#include "pack.h"
#include "vector.h"

#ifdef __x86_64__

/// Sixteen adjacent values of the matrix, converted to bfloat16.
CK_INLINE __m256i load(const ck_packing *p, int64_t at) {
  return p->wide ? (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(p->wide + at))
                 : _mm256_loadu_si256((const __m256i *)(p->narrow + at));
}

/// Interleaves two rows of the matrix, as in a panel.
CK_INLINE void interleave(const ck_packing *p, int64_t row, int64_t column, ck_bfloat16 *to) {
  int64_t at = row * p->row_stride + column;
  _mm512_storeu_si512(to, ck_pairs(load(p, at), load(p, at + p->row_stride)));
}

/// Sixteen columns of 32 rows each, for a matrix whose columns are contiguous.
CK_INLINE void transpose(const ck_packing *p, int64_t row, int64_t column, ck_bfloat16 *to) {
  __m512i pairs[16];
  for (int64_t j = 0; j < 16; j++) {
    int64_t at = row + (column + j) * p->column_stride;
    pairs[j] = _mm512_inserti64x4(_mm512_castsi256_si512(load(p, at)), load(p, at + 16), 1);
  }
  ck_transpose_pairs(pairs);
  for (int64_t i = 0; i < 16; i++) _mm512_storeu_si512(to + i * 2 * CK_PANEL, pairs[i]);
}

CK_AVX512 void ck_pack_panel_avx512(const ck_packing *p, int64_t panel, int64_t row, int64_t row_end) {
  ck_bfloat16 *to = p->packed + panel * CK_PANEL * p->inner;
  int64_t left = p->columns - panel * CK_PANEL;
  int64_t whole = (left < CK_PANEL ? left : CK_PANEL) / 16 * 16;
  int64_t rows_of_block = p->column_stride == 1 ? 2 : 32;
  int64_t rows = (p->rows < row_end ? p->rows : row_end) / rows_of_block * rows_of_block;
  int64_t at = row;
  for (; at < rows; at += rows_of_block)
    for (int64_t j = 0; j < whole; j += 16) {
      ck_bfloat16 *block = to + at * CK_PANEL + 2 * j;
      if (p->column_stride == 1) interleave(p, at, panel * CK_PANEL + j, block);
      else transpose(p, at, panel * CK_PANEL + j, block);
    }
  ck_pack_block(p, panel, at, row_end, 0, whole);
  ck_pack_block(p, panel, row, row_end, whole, CK_PANEL);
}

CK_AVX512 void ck_transpose_columns_avx512(const ck_transposition *t, int64_t column, int64_t column_end) {
  int64_t row = 0;
  if (column_end - column == 16)
    for (; row + 32 <= t->rows; row += 32) {
      __m512i pairs[16];
      for (int64_t i = 0; i < 16; i++) {
        const ck_bfloat16 *from = t->matrix + (row + 2 * i) * t->row_stride + column;
        pairs[i] = ck_pairs(_mm256_loadu_si256((const __m256i *)from),
                            _mm256_loadu_si256((const __m256i *)(from + t->row_stride)));
      }
      ck_transpose_pairs(pairs);
      for (int64_t j = 0; j < 16; j++)
        _mm512_storeu_si512(t->transposed + (column + j) * t->stride + row, pairs[j]);
    }
  ck_transpose_block(t, row, t->rows, column, column_end);
}

#else

void ck_pack_panel_avx512(const ck_packing *p, int64_t panel, int64_t row, int64_t row_end) {
  ck_pack_block(p, panel, row, row_end, 0, CK_PANEL);
}

void ck_transpose_columns_avx512(const ck_transposition *t, int64_t column, int64_t column_end) {
  ck_transpose_block(t, 0, t->rows, column, column_end);
}

#endif
