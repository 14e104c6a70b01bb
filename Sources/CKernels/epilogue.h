#pragma once
#include "include/ckernels.h"

/// Applies the epilogue of a product with `columns` columns to `rows` rows of a tile and stores the
/// result. The tile has row stride CK_PANEL; it starts at `row` and `column` of the product, and
/// `count` of its columns are valid.
void ck_epilogue_scalar(const ck_epilogue *epilogue, const float *tile, int64_t rows, int64_t row,
                        int64_t column, int64_t count, int64_t columns);
void ck_epilogue_avx512(const ck_epilogue *epilogue, const float *tile, int64_t rows, int64_t row,
                        int64_t column, int64_t count, int64_t columns);
