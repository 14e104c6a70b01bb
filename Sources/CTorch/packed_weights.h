#pragma once
#include <ATen/ATen.h>

namespace ctorch::fused {

/// A weight [outputs, inputs] as products want it, for `x · weightᵀ` or, transposed, for `x · weight`.
///
/// Packed once and kept until the weight changes or is gone.
at::Tensor packed(const at::Tensor &weight, bool transposed);

} // namespace ctorch::fused
