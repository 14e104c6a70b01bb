#pragma once
#include "include/ckernels.h"

void ck_adamw_scalar(const ck_adamw *step, int64_t begin, int64_t end, const ck_adamw_state *state);
/// Processes whole vectors; returns where the remainder begins.
int64_t ck_adamw_avx512(const ck_adamw *step, int64_t begin, int64_t end, const ck_adamw_state *state);
