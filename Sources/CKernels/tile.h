#pragma once
#include "include/ckernels.h"

/// Multiplies `rows` rows of the left side by one panel; `result` has row stride `result_stride`.
void ck_tile(int64_t rows, const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
             int64_t inner, float *result, int64_t result_stride);
/// The best number of rows to process at a time, at most CK_MOST_TILE_ROWS.
int64_t ck_tile_rows(void);
enum { CK_AVX512_TILE_ROWS = 6, CK_MOST_TILE_ROWS = 96 };

void ck_tile_scalar(int64_t rows, const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
                    int64_t inner, float *result, int64_t result_stride);
void ck_tile_avx512(int64_t rows, const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
                    int64_t inner, float *result, int64_t result_stride);
void ck_tile_amx(int64_t rows, const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *panel,
                 int64_t inner, float *result, int64_t result_stride);
