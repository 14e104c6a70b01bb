#pragma once
#include "include/ckernels.h"

/// A matrix [rows, columns] to be packed as [inner, columns], padded with zeros; one of the two
/// pointers is null.
typedef struct {
  const float *wide;
  const ck_bfloat16 *narrow;
  int64_t rows, inner, columns, row_stride, column_stride;
  ck_bfloat16 *packed;
} ck_packing;

/// A matrix [rows, columns] to be transposed, with row stride `row_stride`; the transpose has row
/// stride `stride`.
typedef struct {
  const ck_bfloat16 *matrix;
  int64_t rows, columns, row_stride, stride;
  ck_bfloat16 *transposed;
} ck_transposition;

/// Packs all panels on this thread.
void ck_pack_here(const ck_packing *p);
/// Packs some panels. The scalar form also handles the remainders that do not fill whole vectors.
void ck_pack_block(const ck_packing *p, int64_t panel, int64_t row, int64_t row_end, int64_t column,
                   int64_t column_end);
/// Packs the rows of a panel from `row` to `row_end`; both are multiples of 32, or the end of
/// `inner`.
void ck_pack_panel_avx512(const ck_packing *p, int64_t panel, int64_t row, int64_t row_end);
/// Transposes on this thread.
void ck_transpose_here(const ck_transposition *t);
/// Transposes a block.
void ck_transpose_block(const ck_transposition *t, int64_t row, int64_t row_end, int64_t column,
                        int64_t column_end);
void ck_transpose_columns_avx512(const ck_transposition *t, int64_t column, int64_t column_end);
