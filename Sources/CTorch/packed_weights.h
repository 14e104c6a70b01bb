#pragma once
#include <ATen/ATen.h>

namespace ctorch::fused {

/// A weight [outputs, inputs] packed for the products `x · weightᵀ` or, transposed, `x · weight`.
///
/// It is packed once and kept until the weight changes or is freed.
at::Tensor packed(const at::Tensor &weight, bool transposed);

/// Memory for those packed forms of a weight that are in use, for code that is about to change the
/// weight; the others stay undefined.
struct Repacking {
  at::Tensor forward, transposed;
};

Repacking begin_repacking(const at::Tensor &weight);

/// Stores the filled forms as those of the weight's current version.
void end_repacking(const at::Tensor &weight, const Repacking &repacking);

} // namespace ctorch::fused
