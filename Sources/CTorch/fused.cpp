// The fused kernels as differentiable operations.
#include "fused.h"

#include "boundary.h"
#include "packed_weights.h"
#include "threads.h"

#include <ATen/autocast_mode.h>
#include <algorithm>
#include <atomic>
#include <ckernels.h>
#include <torch/csrc/autograd/custom_function.h>

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace ctorch::fused {
namespace {

std::atomic<bool> is_on{true};

/// Runs the kernels' loops on libtorch's threads.
void run_parallel(int64_t count, ck_body body, void *context) {
  for_every_part(count, [&](int64_t begin, int64_t end) { body(context, begin, end); });
}

const ck_bfloat16 *narrow(const at::Tensor &tensor) {
  return static_cast<const ck_bfloat16 *>(tensor.const_data_ptr());
}

ck_bfloat16 *mutable_narrow(const at::Tensor &tensor) {
  return static_cast<ck_bfloat16 *>(tensor.mutable_data_ptr());
}

const float *wide(const at::Tensor &tensor) {
  return tensor.defined() ? static_cast<const float *>(tensor.const_data_ptr()) : nullptr;
}

float *mutable_wide(const at::Tensor &tensor) {
  return tensor.defined() ? static_cast<float *>(tensor.mutable_data_ptr()) : nullptr;
}

at::Tensor as_narrow(const at::Tensor &tensor) { return tensor.to(at::kBFloat16).contiguous(); }
at::Tensor as_wide(const at::Tensor &tensor) { return tensor.to(at::kFloat).contiguous(); }

/// A shape with its last dimension replaced.
std::vector<int64_t> resized(const at::Tensor &tensor, int64_t last) {
  auto sizes = tensor.sizes().vec();
  sizes.back() = last;
  return sizes;
}

/// The gradients of `x · weightᵀ + bias`, for a contiguous bfloat16 gradient of the result.
struct LinearGradients {
  at::Tensor x, weight, bias;
};

LinearGradients linear_gradients(const at::Tensor &x, const at::Tensor &weight,
                                 const at::Tensor &gradient, bool for_x, bool for_weight, bool for_bias) {
  const int64_t outputs = weight.size(0), inputs = weight.size(1), rows = x.numel() / inputs;
  LinearGradients result;
  if (for_x) {
    result.x = at::empty(x.sizes(), x.options());
    const ck_epilogue epilogue{.narrow_result = mutable_narrow(result.x)};
    ck_multiply(narrow(gradient), outputs, narrow(packed(weight, true)), rows, outputs, inputs, &epilogue);
  }
  if (for_weight) {
    // Rows are the inner size here; pad them to the multiple that products require.
    const int64_t inner = (rows + 31) / 32 * 32;
    const at::Tensor transposed = inner == rows ? at::empty({outputs, inner}, gradient.options())
                                                : at::zeros({outputs, inner}, gradient.options());
    const at::Tensor right = at::empty({ck_packed_count(inner, inputs)}, x.options());
    ck_transpose(narrow(gradient), rows, outputs, mutable_narrow(transposed), inner);
    ck_pack(narrow(x), rows, inner, inputs, inputs, 1, mutable_narrow(right));
    result.weight = at::empty(weight.sizes(), weight.options());
    const ck_epilogue epilogue{.result = mutable_wide(result.weight)};
    ck_multiply(narrow(transposed), inner, narrow(right), outputs, inner, inputs, &epilogue);
  }
  if (for_bias) {
    result.bias = at::empty({outputs}, weight.options());
    ck_column_sums(narrow(gradient), rows, outputs, mutable_wide(result.bias));
  }
  return result;
}

struct Linear : Function<Linear> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
                            const std::optional<at::Tensor> &bias, bool gelu, bool is_recorded) {
    const at::Tensor x = as_narrow(input);
    const int64_t outputs = weight.size(0), inputs = weight.size(1), rows = x.numel() / inputs;
    const at::Tensor result = at::empty(resized(x, outputs), x.options());
    const at::Tensor before = gelu && is_recorded ? at::empty_like(result) : at::Tensor();
    const ck_epilogue epilogue{.bias = bias ? wide(*bias) : nullptr,
                               .before = before.defined() ? mutable_narrow(before) : nullptr,
                               .gelu = gelu,
                               .narrow_result = mutable_narrow(result)};
    ck_multiply(narrow(x), inputs, narrow(packed(weight, false)), rows, inputs, outputs, &epilogue);
    context->save_for_backward({x, weight, before});
    context->saved_data["has_bias"] = bias.has_value();
    return result;
  }

  static variable_list backward(AutogradContext *context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    at::Tensor gradient = as_narrow(outputs[0]);
    if (saved[2].defined()) {
      const at::Tensor inner = at::empty_like(gradient);
      ck_gelu_backward(gradient.numel(), narrow(saved[2]), narrow(gradient), mutable_narrow(inner));
      gradient = inner;
    }
    const auto gradients = linear_gradients(
        saved[0], saved[1], gradient, context->needs_input_grad(0), context->needs_input_grad(1),
        context->saved_data["has_bias"].toBool() && context->needs_input_grad(2));
    return {gradients.x, gradients.weight, gradients.bias, {}, {}};
  }
};

ck_norm described(const at::Tensor &x, const at::Tensor &gain, const at::Tensor &shift,
                  const at::Tensor &scale, double epsilon, bool is_rms) {
  return {.rows = x.size(0) * x.size(1), .width = x.size(2), .tokens = x.size(1),
          .epsilon = static_cast<float>(epsilon), .is_rms = is_rms, .gain = wide(gain),
          .shift = wide(shift), .scale = wide(scale)};
}

struct ModulatedNorm : Function<ModulatedNorm> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input,
                            const std::optional<at::Tensor> &gain, const at::Tensor &shift,
                            const at::Tensor &scale, double epsilon, bool is_rms) {
    const at::Tensor x = input.contiguous(), own = gain ? as_wide(*gain) : at::Tensor();
    const at::Tensor added = as_wide(shift), factor = as_wide(scale);
    const at::Tensor result = at::empty(x.sizes(), x.options().dtype(at::kBFloat16));
    const at::Tensor means = at::empty({x.size(0) * x.size(1)}, x.options());
    const at::Tensor inverses = at::empty_like(means);
    const ck_norm norm = described(x, own, added, factor, epsilon, is_rms);
    ck_norm_forward(&norm, wide(x), mutable_narrow(result), mutable_wide(means),
                    mutable_wide(inverses));
    context->save_for_backward({x, own, added, factor, means, inverses});
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["is_rms"] = is_rms;
    return result;
  }

  static variable_list backward(AutogradContext *context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], gradient = as_narrow(outputs[0]);
    const at::Tensor x_gradient = at::zeros_like(x), shift = at::empty_like(saved[2]);
    const at::Tensor scale = at::empty_like(saved[3]);
    const bool has_gain = saved[1].defined();
    const at::Tensor gain = has_gain ? at::empty({x.size(0), x.size(2)}, x.options()) : at::Tensor();
    const ck_norm norm = described(x, saved[1], saved[2], saved[3],
                                   context->saved_data["epsilon"].toDouble(),
                                   context->saved_data["is_rms"].toBool());
    ck_norm_backward(&norm, wide(x), wide(saved[4]), wide(saved[5]), narrow(gradient),
                     mutable_wide(x_gradient), mutable_wide(gain), mutable_wide(shift),
                     mutable_wide(scale));
    return {x_gradient, has_gain ? gain.sum(0) : at::Tensor(), shift, scale, {}, {}};
  }
};

struct SwiGLU : Function<SwiGLU> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input) {
    const at::Tensor both = input.contiguous();
    const int64_t hidden = both.size(-1) / 2;
    const at::Tensor result = at::empty(resized(both, hidden), both.options());
    ck_swiglu_forward(result.numel() / hidden, hidden, narrow(both), mutable_narrow(result));
    context->save_for_backward({both});
    return result;
  }

  static variable_list backward(AutogradContext *context, variable_list outputs) {
    const at::Tensor both = context->get_saved_variables()[0], gradient = as_narrow(outputs[0]);
    const int64_t hidden = both.size(-1) / 2;
    const at::Tensor result = at::empty_like(both);
    ck_swiglu_backward(gradient.numel() / hidden, hidden, narrow(both), narrow(gradient),
                       mutable_narrow(result));
    return {result};
  }
};

struct AddGated : Function<AddGated> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &gate,
                            const at::Tensor &values) {
    const at::Tensor x = input.contiguous(), factor = as_wide(gate), y = as_narrow(values);
    const at::Tensor result = at::empty_like(x);
    ck_gate_forward(x.size(0) * x.size(1), x.size(2), x.size(1), wide(x), wide(factor), narrow(y),
                    mutable_wide(result));
    context->save_for_backward({factor, y});
    return result;
  }

  static variable_list backward(AutogradContext *context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor gradient = as_wide(outputs[0]), &y = saved[1];
    const at::Tensor gate = at::empty_like(saved[0]), values = at::empty_like(y);
    ck_gate_backward(y.size(0) * y.size(1), y.size(2), y.size(1), wide(gradient), wide(saved[0]),
                     narrow(y), mutable_narrow(values), mutable_wide(gate));
    return {gradient, gate, values};
  }
};

/// Queries, keys and values as parts of one tensor.
ck_attention joint(const at::Tensor &projection, int64_t heads, double scale) {
  const int64_t tokens = projection.size(1), all = projection.size(2), width = all / 3 / heads;
  const ck_strides strides{tokens * all, all, width};
  return {projection.size(0), tokens, heads, width, static_cast<float>(scale), strides, strides, strides};
}

/// The other inputs of attention from a joint projection, in the order in which they are saved.
struct Saved {
  at::Tensor projection, query_gain, key_gain, cosines, sines, first_values, share, result, sums;

  variable_list list() const {
    return {projection, query_gain, key_gain, cosines, sines, first_values, share, result, sums};
  }
  static Saved from(const variable_list &list) {
    return {list[0], list[1], list[2], list[3], list[4], list[5], list[6], list[7], list[8]};
  }

  bool is_prepared() const { return query_gain.defined() || cosines.defined() || first_values.defined(); }

  ck_heads_before before(int64_t heads, double epsilon) const {
    const int64_t width = projection.size(2) / 3 / heads;
    ck_heads_before before{.batch = projection.size(0), .tokens = projection.size(1), .heads = heads,
                           .width = width, .query_gain = wide(query_gain), .key_gain = wide(key_gain),
                           .epsilon = static_cast<float>(epsilon), .cosines = wide(cosines),
                           .sines = wide(sines),
                           .is_table_of_item = cosines.defined() && cosines.dim() == 4};
    if (!first_values.defined()) return before;
    before.first_values = narrow(first_values);
    before.first_strides = {first_values.stride(0), first_values.stride(2), first_values.stride(1)};
    before.share = share.item<float>();
    return before;
  }

  /// The inputs of attention, in the projection's layout.
  at::Tensor prepared(int64_t heads, double epsilon) const {
    if (!is_prepared()) return projection;
    const at::Tensor result = at::empty_like(projection);
    const auto before = this->before(heads, epsilon);
    ck_heads_forward(&before, narrow(projection), mutable_narrow(result));
    return result;
  }
};

struct JointAttention : Function<JointAttention> {
  using Optional = const std::optional<at::Tensor> &;

  static at::Tensor forward(AutogradContext *context, const at::Tensor &projection, Optional query_gain,
                            Optional key_gain, Optional first_values, Optional share, Optional cosines,
                            Optional sines, int64_t heads, double scale, double epsilon) {
    const auto wide_or_none = [](Optional tensor) { return tensor ? as_wide(*tensor) : at::Tensor(); };
    Saved saved{as_narrow(projection), wide_or_none(query_gain), wide_or_none(key_gain),
                wide_or_none(cosines), wide_or_none(sines)};
    if (first_values) {
      const at::Tensor first = first_values->to(at::kBFloat16);
      saved.first_values = first.stride(3) == 1 ? first : first.contiguous();
      saved.share = as_wide(*share);
    }
    const auto &all = saved.projection;
    const at::Tensor seen = saved.prepared(heads, epsilon);
    const int64_t width = all.size(2) / 3;
    const ck_attention shape = joint(all, heads, scale);
    saved.result = at::empty({all.size(0), all.size(1), width}, all.options());
    saved.sums = at::empty({all.size(0), heads, all.size(1)}, all.options().dtype(at::kFloat));
    ck_attention_forward(&shape, narrow(seen), narrow(seen) + width, narrow(seen) + 2 * width,
                         mutable_narrow(saved.result), mutable_wide(saved.sums));
    context->save_for_backward(saved.list());
    context->saved_data["heads"] = heads;
    context->saved_data["scale"] = scale;
    context->saved_data["epsilon"] = epsilon;
    return saved.result;
  }

  static variable_list backward(AutogradContext *context, variable_list outputs) {
    const Saved saved = Saved::from(context->get_saved_variables());
    const int64_t heads = context->saved_data["heads"].toInt();
    const double epsilon = context->saved_data["epsilon"].toDouble();
    const at::Tensor gradient = as_narrow(outputs[0]), seen = saved.prepared(heads, epsilon);
    const ck_attention shape = joint(seen, heads, context->saved_data["scale"].toDouble());
    const int64_t width = seen.size(2) / 3;
    const at::Tensor all = at::empty_like(seen);
    ck_bfloat16 *to = mutable_narrow(all);
    ck_attention_backward(&shape, narrow(seen), narrow(seen) + width, narrow(seen) + 2 * width,
                          narrow(saved.result), wide(saved.sums), narrow(gradient), to, to + width,
                          to + 2 * width);
    variable_list gradients(10);
    gradients[0] = all;
    if (saved.is_prepared()) differentiate(saved, heads, epsilon, gradients);
    return gradients;
  }

  /// Replaces the first gradient by that of the projection, and appends those of the other inputs.
  static void differentiate(const Saved &saved, int64_t heads, double epsilon, variable_list &gradients) {
    const auto before = saved.before(heads, epsilon);
    const auto &options = saved.sums.options();
    const auto of_items = [&](bool is_there, at::IntArrayRef sizes) {
      return is_there ? at::empty(sizes, options) : at::Tensor();
    };
    const bool has_gain = saved.query_gain.defined(), has_first = saved.first_values.defined();
    const at::Tensor query_gain = of_items(has_gain, {before.batch, before.width});
    const at::Tensor key_gain = of_items(has_gain, {before.batch, before.width});
    const at::Tensor share = of_items(has_first, {before.batch});
    const at::Tensor first =
        has_first ? at::empty({before.batch, before.tokens, heads, before.width}, gradients[0].options())
                  : at::Tensor();
    ck_heads_backward(&before, narrow(saved.projection), mutable_narrow(gradients[0]),
                      mutable_wide(query_gain), mutable_wide(key_gain),
                      has_first ? mutable_narrow(first) : nullptr, mutable_wide(share));
    if (has_gain) {
      gradients[1] = query_gain.sum(0);
      gradients[2] = key_gain.sum(0);
    }
    if (has_first) {
      gradients[3] = first.permute({0, 2, 1, 3});
      gradients[4] = share.sum().reshape(saved.share.sizes());
    }
  }
};

} // namespace

bool are_available() {
  static const bool is_known = [] {
    ck_set_parallel_for(run_parallel);
    return ck_isa_available() != CK_SCALAR;
  }();
  return is_known;
}

bool is_in_use() { return are_available() && is_on; }

bool takes(const at::Tensor &x) {
  return is_in_use() && x.is_cpu() && x.numel() > 0 && at::autocast::is_autocast_enabled(at::kCPU) &&
         at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16;
}

bool takes_linear(const at::Tensor &x, const at::Tensor &weight) {
  return takes(x) && weight.scalar_type() == at::kFloat && weight.is_contiguous() &&
         weight.size(1) % 32 == 0 && weight.size(0) % 32 == 0 && x.size(-1) == weight.size(1);
}

at::Tensor linear(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
                  bool gelu) {
  // Inside the operation, recording for gradients is off.
  return Linear::apply(x, weight, bias, gelu, c10::GradMode::is_enabled());
}

bool takes_rows(const at::Tensor &x, at::TensorList of_items) {
  const auto fits = [&](const at::Tensor &item) {
    return item.dim() == 3 && item.size(0) == x.size(0) && item.size(1) == 1 && item.size(2) == x.size(2);
  };
  return takes(x) && x.dim() == 3 && x.scalar_type() == at::kFloat &&
         std::all_of(of_items.begin(), of_items.end(), fits);
}

at::Tensor modulated_norm(const at::Tensor &x, const std::optional<at::Tensor> &gain,
                          const at::Tensor &shift, const at::Tensor &scale, double epsilon,
                          bool is_rms) {
  return ModulatedNorm::apply(x, gain, shift, scale, epsilon, is_rms);
}

at::Tensor swiglu(const at::Tensor &both) { return SwiGLU::apply(both); }

at::Tensor add_gated(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y) {
  return AddGated::apply(x, gate, y);
}

bool takes_attention(const at::Tensor &projection, int64_t width) {
  return takes(projection) && width % 32 == 0 && projection.dim() == 3;
}

at::Tensor joint_attention(const at::Tensor &projection, int64_t heads, double scale,
                           const BeforeAttention &before) {
  const int64_t batch = projection.size(0), tokens = projection.size(1);
  const int64_t width = projection.size(2) / 3 / heads;
  for (const auto &gain : {before.query_gain, before.key_gain})
    TORCH_CHECK(!gain || gain->numel() == width, "a head's gain must be [", width, "]");
  for (const auto &table : {before.cosines, before.sines})
    TORCH_CHECK(!table || table->numel() == (table->dim() == 4 ? batch : 1) * tokens * width,
                "rotations must be [", tokens, ", ", width, "], once or for each item");
  TORCH_CHECK(!before.first_values ||
                  before.first_values->sizes() == at::IntArrayRef({batch, heads, tokens, width}),
              "the first values must be [", batch, ", ", heads, ", ", tokens, ", ", width, "]");
  return JointAttention::apply(projection, before.query_gain, before.key_gain, before.first_values,
                               before.share, before.cosines, before.sines, heads, scale, before.epsilon);
}

} // namespace ctorch::fused

const char *ct_fused_instructions(void) {
  if (!ctorch::fused::are_available()) return nullptr;
  return ck_isa_in_use() == CK_AMX_BF16 ? "AMX" : "AVX-512 bfloat16";
}

int32_t ct_fused_kernels(void) { return ctorch::fused::is_on; }

void ct_set_fused_kernels(int32_t on) { ctorch::fused::is_on = on != 0; }
