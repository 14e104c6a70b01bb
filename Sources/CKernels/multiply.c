// Matrix products with their epilogues: the order of the parts, and the scalar reference of the
// epilogue.

#include "bfloat16.h"
#include "epilogue.h"
#include "gelu.h"
#include "parallel.h"
#include "tile.h"

/// The number of rows in a part. With 3,072 values each, they fit into a second-level cache
/// together with a panel.
enum { rows_of_part = 96 };

typedef struct {
  const ck_bfloat16 *left, *packed;
  int64_t left_stride, rows, inner, columns;
  const ck_epilogue *epilogue;
  int64_t row_parts, panels, panels_of_part;
} product;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static void multiply_part(const product *p, int64_t row, int64_t row_end, int64_t panel,
                          int64_t panel_end) {
  _Alignas(64) float tile[CK_MOST_TILE_ROWS * CK_PANEL];
  bool is_scalar = ck_isa_in_use() == CK_SCALAR;
  int64_t step = ck_tile_rows();
  for (; panel < panel_end; panel++) {
    const ck_bfloat16 *pairs = p->packed + panel * CK_PANEL * p->inner;
    int64_t column = panel * CK_PANEL;
    int64_t count = least(p->columns - column, CK_PANEL);
    for (int64_t at = row; at < row_end; at += step) {
      int64_t rows = least(row_end - at, step);
      ck_tile(rows, p->left + at * p->left_stride, p->left_stride, pairs, p->inner, tile, CK_PANEL);
      (is_scalar ? ck_epilogue_scalar : ck_epilogue_avx512)(p->epilogue, tile, rows, at, column, count,
                                                            p->columns);
    }
  }
}

static void run_parts(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  for (int64_t part = begin; part < end; part++) {
    int64_t row = part % p->row_parts * rows_of_part;
    int64_t panel = part / p->row_parts * p->panels_of_part;
    multiply_part(p, row, least(row + rows_of_part, p->rows), panel,
                  least(panel + p->panels_of_part, p->panels));
  }
}

void ck_multiply(const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *packed, int64_t rows,
                 int64_t inner, int64_t columns, const ck_epilogue *epilogue) {
  product p = {left, packed, left_stride, rows, inner, columns, epilogue};
  p.row_parts = (rows + rows_of_part - 1) / rows_of_part;
  p.panels = (columns + CK_PANEL - 1) / CK_PANEL;
  // As many panels as fit into half a mebibyte of second-level cache while all rows are processed.
  int64_t bytes = inner * CK_PANEL * 2;
  p.panels_of_part = bytes > 262144 || bytes == 0 ? 1 : 524288 / bytes;
  int64_t groups = (p.panels + p.panels_of_part - 1) / p.panels_of_part;
  ck_loop(p.row_parts * groups, run_parts, &p);
}

void ck_epilogue_scalar(const ck_epilogue *e, const float *tile, int64_t rows, int64_t row, int64_t column,
                        int64_t count, int64_t columns) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < count; j++) {
      int64_t at = (row + i) * columns + column + j;
      float value = tile[i * CK_PANEL + j];
      if (e->bias) value += e->bias[column + j];
      if (e->before) e->before[at] = ck_narrow(value);
      if (e->gelu) value *= ck_gelu_sigmoid(value);
      if (e->result) e->result[at] = value;
      if (e->narrow_result) e->narrow_result[at] = ck_narrow(value);
    }
}
