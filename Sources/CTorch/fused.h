// The fused kernels as differentiable operations. Each accepts a tensor only if the matching
// `takes` function says so; otherwise the caller uses libtorch's own operations.
#pragma once
#include <ATen/ATen.h>
#include <optional>

namespace ctorch::fused {

/// Whether this CPU supports the kernels.
bool are_available();
/// Whether it does, and the kernels are switched on.
bool is_in_use();
/// Whether products of `x` are to be computed in bfloat16 on a CPU that supports the kernels.
bool takes(const at::Tensor &x);
/// Whether, in addition, a linear layer with `weight` is supported.
bool takes_linear(const at::Tensor &x, const at::Tensor &weight);

/// Whether float32 rows [batch, tokens, width] with per-item tensors [batch, 1, width] are
/// supported.
bool takes_rows(const at::Tensor &x, at::TensorList of_items);

/// `x · weightᵀ + bias`, optionally followed by GELU in its tanh form; the result is bfloat16.
at::Tensor linear(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
                  bool gelu);

/// `norm(x) · gain · (1 + scale) + shift` of float32 rows [batch, tokens, width]; the result is bfloat16.
at::Tensor modulated_norm(const at::Tensor &x, const std::optional<at::Tensor> &gain,
                          const at::Tensor &shift, const at::Tensor &scale, double epsilon, bool is_rms);

/// `silu(gate) · value` in bfloat16, where the last dimension holds gates and then values.
at::Tensor swiglu(const at::Tensor &both);

/// `x + gate · y` of float32 `x` and bfloat16 `y` [batch, tokens, width], `gate` [batch, 1, width].
at::Tensor add_gated(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y);

/// Operations on the queries, keys and values of a joint projection before attention.
struct BeforeAttention {
  /// [width]: root-mean-square norms of queries and keys.
  std::optional<at::Tensor> query_gain, key_gain;
  double epsilon = 0;
  /// [tokens, width] or [batch, 1, tokens, width]: rotations of queries and keys.
  std::optional<at::Tensor> cosines, sines;
  /// [batch, heads, tokens, width]: mixed into the values, with a one-element share.
  std::optional<at::Tensor> first_values, share;
};

/// Whether attention with heads of `width` is supported.
bool takes_attention(const at::Tensor &projection, int64_t width);

/// Attention from one joint projection [batch, tokens, 3 · heads · width]: queries, then keys, then
/// values.
at::Tensor joint_attention(const at::Tensor &projection, int64_t heads, double scale,
                           const BeforeAttention &before);

} // namespace ctorch::fused
