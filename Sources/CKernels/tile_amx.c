// The product of some rows with one panel, by AMX: the sums of 32 rows by 32 columns stay in four
// of its eight tiles.

#include "tile.h"

#ifdef __x86_64__

// Tests supply emulated tiles, for CPUs without AMX.
#ifndef CK_AMX
#include <immintrin.h>
#define CK_AMX __attribute__((target("amx-tile,amx-bf16")))
#endif

enum { edge = 16, pairs_of_row = 2 * CK_PANEL };

/// The tile configuration that the CPU loads.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} shapes;

/// Tiles 0 and 1 hold the sums of the upper rows, 2 and 3 those of the lower rows. Tiles 4 and 5
/// hold the upper and lower rows of the left side, 6 and 7 columns of the panel.
CK_AMX static void configure(int64_t upper, int64_t lower) {
  const uint8_t rows[8] = {(uint8_t)upper, (uint8_t)upper, (uint8_t)lower, (uint8_t)lower,
                           (uint8_t)upper, (uint8_t)lower, edge,           edge};
  shapes s = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    s.rows[i] = rows[i];
    s.row_bytes[i] = rows[i] ? 64 : 0;
  }
  _tile_loadconfig(&s);
}

CK_AMX static void two_by_two(const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
                              int64_t inner, float *result, int64_t result_stride) {
  const ck_bfloat16 *lower_left = left + edge * left_stride;
  float *lower = result + edge * result_stride;
  for (int64_t column = 0; column < CK_PANEL; column += 2 * edge) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t k = 0; k < inner; k += 2 * edge) {
      const ck_bfloat16 *pairs = panel + k / 2 * pairs_of_row + 2 * column;
      _tile_loadd(6, pairs, 2 * pairs_of_row);
      _tile_loadd(4, left + k, 2 * left_stride);
      _tile_dpbf16ps(0, 4, 6);
      _tile_loadd(7, pairs + 2 * edge, 2 * pairs_of_row);
      _tile_dpbf16ps(1, 4, 7);
      _tile_loadd(5, lower_left + k, 2 * left_stride);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, result + column, 4 * result_stride);
    _tile_stored(1, result + column + edge, 4 * result_stride);
    _tile_stored(2, lower + column, 4 * result_stride);
    _tile_stored(3, lower + column + edge, 4 * result_stride);
  }
}

/// At most sixteen rows.
CK_AMX static void one_by_two(const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
                              int64_t inner, float *result, int64_t result_stride) {
  for (int64_t column = 0; column < CK_PANEL; column += 2 * edge) {
    _tile_zero(0);
    _tile_zero(1);
    for (int64_t k = 0; k < inner; k += 2 * edge) {
      const ck_bfloat16 *pairs = panel + k / 2 * pairs_of_row + 2 * column;
      _tile_loadd(4, left + k, 2 * left_stride);
      _tile_loadd(6, pairs, 2 * pairs_of_row);
      _tile_loadd(7, pairs + 2 * edge, 2 * pairs_of_row);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
    }
    _tile_stored(0, result + column, 4 * result_stride);
    _tile_stored(1, result + column + edge, 4 * result_stride);
  }
}

CK_AMX void ck_tile_amx(int64_t rows, const ck_bfloat16 *left, int64_t left_stride,
                        const ck_bfloat16 *panel, int64_t inner, float *result, int64_t result_stride) {
  // Other libraries use the tiles too, so their configuration is unknown here.
  int64_t configured = 0;
  for (int64_t row = 0; row < rows; row += 2 * edge) {
    int64_t count = rows - row < 2 * edge ? rows - row : 2 * edge;
    if (count != configured) configure(count < edge ? count : edge, count < edge ? 0 : count - edge);
    configured = count;
    (count > edge ? two_by_two : one_by_two)(left + row * left_stride, left_stride, panel, inner,
                                             result + row * result_stride, result_stride);
  }
  _tile_release();
}

#else

void ck_tile_amx(int64_t rows, const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
                 int64_t inner, float *result, int64_t result_stride) {
  ck_tile_scalar(rows, left, left_stride, panel, inner, result, result_stride);
}

#endif
