#pragma once
#include "include/ckernels.h"

/// Does to `rows` rows of a tile what follows a product of `columns` columns, and stores them. The tile's
/// rows lie CK_PANEL apart; the first is `row`, its first column `column`, and `count` columns count.
void ck_epilogue_scalar(const ck_epilogue *epilogue, const float *tile, int64_t rows, int64_t row,
                        int64_t column, int64_t count, int64_t columns);
void ck_epilogue_avx512(const ck_epilogue *epilogue, const float *tile, int64_t rows, int64_t row,
                        int64_t column, int64_t count, int64_t columns);
