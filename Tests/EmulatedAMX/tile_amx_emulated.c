// Tiles as the manual describes them (Intel's Software Developer's Manual, volume 1, chapter 18).

#include "include/emulated_amx.h"

#include <stdbool.h>
#include <string.h>

static struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} shape;
static uint8_t tiles[8][16][64];
static int64_t faults;

int64_t emulated_amx_faults(void) { return faults; }

static void require(bool condition) { faults += !condition; }

static void _tile_loadconfig(const void *config) {
  memcpy(&shape, config, 64);
  require(shape.palette == 1 && shape.start_row == 0);
  for (int i = 0; i < 16; i++)
    require(i < 8 ? shape.rows[i] <= 16 && shape.row_bytes[i] <= 64 && !shape.rows[i] == !shape.row_bytes[i]
                  : shape.rows[i] == 0 && shape.row_bytes[i] == 0);
  memset(tiles, 0, sizeof tiles);
}

static void _tile_release(void) { memset(&shape, 0, sizeof shape); }

static void _tile_zero(int tile) {
  require(shape.rows[tile] > 0);
  memset(tiles[tile], 0, sizeof tiles[tile]);
}

static void _tile_loadd(int tile, const void *from, int64_t stride) {
  require(shape.rows[tile] > 0);
  memset(tiles[tile], 0, sizeof tiles[tile]);
  for (int i = 0; i < shape.rows[tile]; i++)
    memcpy(tiles[tile][i], (const char *)from + i * stride, shape.row_bytes[tile]);
}

static void _tile_stored(int tile, void *to, int64_t stride) {
  require(shape.rows[tile] > 0);
  for (int i = 0; i < shape.rows[tile]; i++)
    memcpy((char *)to + i * stride, tiles[tile][i], shape.row_bytes[tile]);
}

static float widened(const uint8_t *at) {
  uint32_t bits = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 24;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static void _tile_dpbf16ps(int sums, int left, int right) {
  int pairs = shape.row_bytes[left] / 4;
  require(shape.rows[sums] > 0 && shape.rows[sums] == shape.rows[left] && pairs == shape.rows[right] &&
          shape.row_bytes[sums] == shape.row_bytes[right] && sums != left && sums != right && left != right);
  for (int i = 0; i < shape.rows[sums]; i++)
    for (int j = 0; j < shape.row_bytes[sums] / 4; j++) {
      float sum;
      memcpy(&sum, &tiles[sums][i][4 * j], 4);
      for (int k = 0; k < pairs; k++)
        for (int half = 0; half < 4; half += 2)
          sum += widened(&tiles[left][i][4 * k + half]) * widened(&tiles[right][k][4 * j + half]);
      memcpy(&tiles[sums][i][4 * j], &sum, 4);
    }
}

#define CK_AMX
#define ck_tile_amx ck_tile_amx_emulated
#include "../../Sources/CKernels/tile_amx.c"
