// Packing matrices into panels, and transposing them: loops and scalar references.

#include "pack.h"

#include "bfloat16.h"
#include "parallel.h"

int64_t ck_packed_count(int64_t inner, int64_t columns) {
  return (columns + CK_PANEL - 1) / CK_PANEL * CK_PANEL * inner;
}

static ck_bfloat16 value_at(const ck_packing *p, int64_t row, int64_t column) {
  if (row >= p->rows || column >= p->columns) return 0;
  int64_t at = row * p->row_stride + column * p->column_stride;
  return p->wide ? ck_narrow(p->wide[at]) : p->narrow[at];
}

void ck_pack_block(const ck_packing *p, int64_t panel, int64_t row, int64_t row_end, int64_t column,
                   int64_t column_end) {
  ck_bfloat16 *to = p->packed + panel * CK_PANEL * p->inner;
  for (; row < row_end; row++)
    for (int64_t j = column; j < column_end; j++)
      to[row / 2 * 2 * CK_PANEL + 2 * j + row % 2] = value_at(p, row, panel * CK_PANEL + j);
}

static int64_t panels(const ck_packing *p) { return (p->columns + CK_PANEL - 1) / CK_PANEL; }

static void pack_panel(const ck_packing *p, int64_t panel, int64_t row, int64_t row_end) {
  if (ck_isa_in_use() == CK_SCALAR) ck_pack_block(p, panel, row, row_end, 0, CK_PANEL);
  else ck_pack_panel_avx512(p, panel, row, row_end);
}

static void pack_panels(void *context, int64_t begin, int64_t end) {
  const ck_packing *p = context;
  for (int64_t panel = begin; panel < end; panel++) pack_panel(p, panel, 0, p->inner);
}

void ck_pack_here(const ck_packing *p) { pack_panels((void *)p, 0, panels(p)); }

static void pack(ck_packing p) { ck_loop(panels(&p), pack_panels, &p); }

void ck_pack_float(const float *matrix, int64_t inner, int64_t columns, int64_t row_stride,
                   int64_t column_stride, ck_bfloat16 *packed) {
  pack((ck_packing){matrix, 0, inner, inner, columns, row_stride, column_stride, packed});
}

void ck_pack(const ck_bfloat16 *matrix, int64_t rows, int64_t inner, int64_t columns, int64_t row_stride,
             int64_t column_stride, ck_bfloat16 *packed) {
  pack((ck_packing){0, matrix, rows, inner, columns, row_stride, column_stride, packed});
}

void ck_pack_rows(const float *weight, int64_t outputs, int64_t inputs, int64_t begin, int64_t end,
                  ck_bfloat16 *forward, ck_bfloat16 *backward) {
  ck_packing columns = {weight, 0, inputs, inputs, outputs, 1, inputs, forward};
  if (forward)
    for (int64_t panel = begin / CK_PANEL; panel * CK_PANEL < end; panel++)
      pack_panel(&columns, panel, 0, inputs);
  ck_packing rows = {weight, 0, outputs, outputs, inputs, inputs, 1, backward};
  if (backward)
    for (int64_t panel = 0; panel < panels(&rows); panel++) pack_panel(&rows, panel, begin, end);
}

void ck_transpose_block(const ck_transposition *t, int64_t row, int64_t row_end, int64_t column,
                        int64_t column_end) {
  for (int64_t j = column; j < column_end; j++)
    for (int64_t i = row; i < row_end; i++)
      t->transposed[j * t->stride + i] = t->matrix[i * t->row_stride + j];
}

/// The number of columns that one part of the loop transposes: those of a vector.
enum { columns_of_part = 16 };

static void transpose_parts(void *context, int64_t begin, int64_t end) {
  const ck_transposition *t = context;
  for (int64_t part = begin; part < end; part++) {
    int64_t column = part * columns_of_part;
    int64_t last = column + columns_of_part < t->columns ? column + columns_of_part : t->columns;
    if (ck_isa_in_use() == CK_SCALAR) ck_transpose_block(t, 0, t->rows, column, last);
    else ck_transpose_columns_avx512(t, column, last);
  }
}

static int64_t parts(const ck_transposition *t) {
  return (t->columns + columns_of_part - 1) / columns_of_part;
}

void ck_transpose_here(const ck_transposition *t) { transpose_parts((void *)t, 0, parts(t)); }

void ck_transpose(const ck_bfloat16 *matrix, int64_t rows, int64_t columns, ck_bfloat16 *transposed,
                  int64_t stride) {
  ck_transposition t = {matrix, rows, columns, columns, stride, transposed};
  ck_loop(parts(&t), transpose_parts, &t);
}
