#include "attention_head.h"

#include <stdlib.h>

#include "bfloat16.h"
#include "pack.h"
#include "tile.h"

static int64_t round_up(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

ck_heads ck_heads_of(const ck_attention *shape) {
  return (ck_heads){shape, round_up(shape->tokens, CK_PANEL), round_up(shape->tokens, 32),
                    round_up(shape->width, CK_PANEL)};
}

void ck_pack_by_width(const ck_heads *h, const ck_bfloat16 *head, int64_t token_stride,
                      ck_bfloat16 *packed) {
  int64_t width = h->shape->width;
  ck_packing p = {0, head, width, width, h->shape->tokens, 1, token_stride, packed};
  ck_pack_here(&p);
}

void ck_pack_by_tokens(const ck_heads *h, const ck_bfloat16 *head, int64_t token_stride,
                       ck_bfloat16 *packed) {
  ck_packing p = {0, head, h->shape->tokens, h->inner_tokens, h->shape->width, token_stride, 1, packed};
  ck_pack_here(&p);
}

void ck_multiply_rows(int64_t rows, const ck_bfloat16 *left, int64_t left_stride,
                      const ck_bfloat16 *packed, int64_t inner, int64_t columns, float *result) {
  for (int64_t column = 0; column < columns; column += CK_PANEL)
    ck_tile(rows, left, left_stride, packed + column * inner, inner, result + column, columns);
}

void ck_store_rows(int64_t rows, int64_t width, const float *product, int64_t product_stride,
                   const float *factors, ck_bfloat16 *result, int64_t result_stride) {
  for (int64_t i = 0; i < rows; i++) {
    float factor = factors ? factors[i] : 1;
    for (int64_t j = 0; j < width; j++)
      result[i * result_stride + j] = ck_narrow(product[i * product_stride + j] * factor);
  }
}

ck_scratch ck_scratch_of(int64_t bytes) {
  // Every piece may be padded to a cache line.
  char *all = aligned_alloc(64, round_up(bytes, 64) + 1024);
  return (ck_scratch){all, all};
}

void *ck_take(ck_scratch *scratch, int64_t bytes) {
  void *here = scratch->next;
  scratch->next += round_up(bytes, 64);
  return here;
}
