#pragma once
#include <ATen/ATen.h>

namespace ctorch::fused {

/// A weight [outputs, inputs] as products want it, for `x · weightᵀ` or, transposed, for `x · weight`.
///
/// Packed once and kept until the weight changes or is gone.
at::Tensor packed(const at::Tensor &weight, bool transposed);

/// Memory for the forms of a weight that are in use, for whoever is about to change it; those that are not
/// stay undefined.
struct Repacking {
  at::Tensor forward, transposed;
};

Repacking begin_repacking(const at::Tensor &weight);

/// Keeps the forms, now filled, for the weight as it is from now on.
void end_repacking(const at::Tensor &weight, const Repacking &repacking);

} // namespace ctorch::fused
