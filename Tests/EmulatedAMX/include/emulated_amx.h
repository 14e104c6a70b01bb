#pragma once
#include <stdint.h>

/// The kernel for AMX, on tiles of memory: the same source, compiled with the functions of this folder in
/// the place of instructions. Not for several threads at a time.
void ck_tile_amx_emulated(int64_t rows, const uint16_t *left, int64_t left_stride, const uint16_t *panel,
                          int64_t inner, float *result, int64_t result_stride);
/// How often a shape or a use was found that the processor refuses.
int64_t emulated_amx_faults(void);
