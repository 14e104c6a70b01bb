#pragma once
#include "include/ckernels.h"

/// A matrix [rows, columns] that is to be packed as [inner, columns], filled up with zeros; one of the two
/// pointers is null.
typedef struct {
  const float *wide;
  const ck_bfloat16 *narrow;
  int64_t rows, inner, columns, row_stride, column_stride;
  ck_bfloat16 *packed;
} ck_packing;

/// A matrix [rows, columns] that is to be transposed. Its rows lie `row_stride` values apart, those of the
/// transpose `stride`.
typedef struct {
  const ck_bfloat16 *matrix;
  int64_t rows, columns, row_stride, stride;
  ck_bfloat16 *transposed;
} ck_transposition;

/// Packs all panels on this thread.
void ck_pack_here(const ck_packing *p);
/// Packs some panels; the scalar form also serves the ends that whole vectors do not fill.
void ck_pack_block(const ck_packing *p, int64_t panel, int64_t row, int64_t row_end, int64_t column,
                   int64_t column_end);
/// The rows of a panel from `row` to `row_end`; both multiples of 32, or the end of `inner`.
void ck_pack_panel_avx512(const ck_packing *p, int64_t panel, int64_t row, int64_t row_end);
/// Transposes on this thread.
void ck_transpose_here(const ck_transposition *t);
/// Transposes a block.
void ck_transpose_block(const ck_transposition *t, int64_t row, int64_t row_end, int64_t column,
                        int64_t column_end);
void ck_transpose_columns_avx512(const ck_transposition *t, int64_t column, int64_t column_end);
