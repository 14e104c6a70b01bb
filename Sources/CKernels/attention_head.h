#pragma once
// Code common to the forward and backward pass of attention: one head of one item at a time.

#include "include/ckernels.h"

/// The number of rows whose scores are held at a time.
enum { CK_ATTENTION_ROWS = 96 };

/// Sizes padded to whole panels, and to the multiple that a product's inner size requires.
typedef struct {
  const ck_attention *shape;
  int64_t token_panels, inner_tokens, width_panels;
} ck_heads;

/// Where a head of an item begins.
static inline int64_t ck_head_at(const ck_strides *strides, int64_t item, int64_t head) {
  return item * strides->item + head * strides->head;
}

ck_heads ck_heads_of(const ck_attention *shape);

/// Packs a head's values with the width as the inner size and tokens as columns.
void ck_pack_by_width(const ck_heads *heads, const ck_bfloat16 *head, int64_t token_stride,
                      ck_bfloat16 *packed);
/// Packs a head's values with tokens as the inner size and the width as columns.
void ck_pack_by_tokens(const ck_heads *heads, const ck_bfloat16 *head, int64_t token_stride,
                       ck_bfloat16 *packed);
/// All columns of a product of some rows; `columns` is a multiple of a panel.
void ck_multiply_rows(int64_t rows, const ck_bfloat16 *left, int64_t left_stride,
                      const ck_bfloat16 *packed, int64_t inner, int64_t columns, float *result);
/// Stores rows of `width` values of a product, times a factor for each row unless null.
void ck_store_rows(int64_t rows, int64_t width, const float *product, int64_t product_stride,
                   const float *factors, ck_bfloat16 *result, int64_t result_stride);

/// Memory for one thread, in one piece.
typedef struct {
  char *all, *next;
} ck_scratch;

ck_scratch ck_scratch_of(int64_t bytes);
void *ck_take(ck_scratch *scratch, int64_t bytes);
