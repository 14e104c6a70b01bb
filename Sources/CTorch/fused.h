// The fused kernels as operations with gradients. Each takes a tensor only where `takes` says so; the
// caller falls back on libtorch's own operations.
#pragma once
#include <ATen/ATen.h>
#include <optional>

namespace ctorch::fused {

/// Whether this processor has what the kernels need.
bool are_available();
/// Whether they are, and are switched on.
bool is_in_use();
/// Whether products of `x` are to be taken in bfloat16 on a processor that the kernels know.
bool takes(const at::Tensor &x);
/// Whether a linear layer of `weight` is taken, besides.
bool takes_linear(const at::Tensor &x, const at::Tensor &weight);

/// Whether float32 rows [batch, tokens, width] are taken, with tensors [batch, 1, width] for each item.
bool takes_rows(const at::Tensor &x, at::TensorList of_items);

/// `x · weightᵀ + bias`, with GELU in its tanh form after it if wanted; the result is bfloat16.
at::Tensor linear(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
                  bool gelu);

/// `norm(x) · gain · (1 + scale) + shift` of float32 rows [batch, tokens, width]; the result is bfloat16.
at::Tensor modulated_norm(const at::Tensor &x, const std::optional<at::Tensor> &gain,
                          const at::Tensor &shift, const at::Tensor &scale, double epsilon, bool is_rms);

/// `silu(gate) · value` of bfloat16, where the last dimension holds gates and then values.
at::Tensor swiglu(const at::Tensor &both);

/// `x + gate · y` of float32 `x` and bfloat16 `y` [batch, tokens, width], `gate` [batch, 1, width].
at::Tensor add_gated(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y);

/// What is done to queries, keys and values of a joint projection before attention.
struct BeforeAttention {
  /// [width]: root-mean-square norms of queries and keys.
  std::optional<at::Tensor> query_gain, key_gain;
  double epsilon = 0;
  /// [tokens, width] or [batch, 1, tokens, width]: rotations of queries and keys.
  std::optional<at::Tensor> cosines, sines;
  /// [batch, heads, tokens, width], mixed into the values by a share of one element.
  std::optional<at::Tensor> first_values, share;
};

/// Whether attention of heads of `width` is taken.
bool takes_attention(const at::Tensor &projection, int64_t width);

/// Attention of one joint projection [batch, tokens, 3 · heads · width], queries, keys and values in turn.
at::Tensor joint_attention(const at::Tensor &projection, int64_t heads, double scale,
                           const BeforeAttention &before);

} // namespace ctorch::fused
