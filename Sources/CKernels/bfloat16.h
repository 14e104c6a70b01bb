#pragma once
// Conversion of single values, rounded like the CPU's own instructions.

#include <stdint.h>
#include <string.h>

#include "include/ckernels.h"

static inline float ck_widen(ck_bfloat16 value) {
  uint32_t bits = (uint32_t)value << 16;
  float wide;
  memcpy(&wide, &bits, 4);
  return wide;
}

/// Rounds to nearest, ties to even; NaN stays NaN.
static inline ck_bfloat16 ck_narrow(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  if ((bits & 0x7fffffff) > 0x7f800000) return (ck_bfloat16)(bits >> 16 | 0x40);
  return (ck_bfloat16)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
