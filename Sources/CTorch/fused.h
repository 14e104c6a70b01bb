// The fused kernels as operations with gradients. Each takes a tensor only where `takes` says so; the
// caller falls back on libtorch's own operations.
#pragma once
#include <ATen/ATen.h>
#include <optional>

namespace ctorch::fused {

/// Whether this processor has what the kernels need.
bool are_available();
/// Whether products of `x` are to be taken in bfloat16 on a processor that the kernels know.
bool takes(const at::Tensor &x);
/// Whether a linear layer of `weight` is taken, besides.
bool takes_linear(const at::Tensor &x, const at::Tensor &weight);

/// `x · weightᵀ + bias`, with GELU in its tanh form after it if wanted; the result is bfloat16.
at::Tensor linear(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
                  bool gelu);

/// `norm(x) · gain · (1 + scale) + shift` of float32 rows [batch, tokens, width]; the result is bfloat16.
at::Tensor modulated_norm(const at::Tensor &x, const std::optional<at::Tensor> &gain,
                          const at::Tensor &shift, const at::Tensor &scale, double epsilon, bool is_rms);

/// `x + gate · y` of float32 `x` and bfloat16 `y` [batch, tokens, width], `gate` [batch, 1, width].
at::Tensor add_gated(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y);

/// Attention of one joint projection [batch, tokens, 3 · heads · width], queries, keys and values in turn.
at::Tensor joint_attention(const at::Tensor &projection, int64_t heads, double scale);

} // namespace ctorch::fused
