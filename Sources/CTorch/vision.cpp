// Operations on pictures and feature maps `[batch, channels, height, width]`.
#include "boundary.h"

#include <ATen/core/dispatch/Dispatcher.h>

using namespace ctorch;

namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using PlainConvolution = at::Tensor(const at::Tensor &, const at::Tensor &,
                                    const std::optional<at::Tensor> &, at::IntArrayRef,
                                    at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view,
                                    Scalars, std::optional<std::string_view>);
using AddingConvolution = at::Tensor(const at::Tensor &, const at::Tensor &, const at::Tensor &,
                                     const std::optional<at::Tensor> &, at::IntArrayRef,
                                     at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view,
                                     std::optional<at::Scalar>, std::optional<std::string_view>,
                                     Scalars, std::optional<std::string_view>);

template <class Signature> auto operation(const char *name, const char *overload) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

struct Convolution {
  const at::Tensor &x, &weight;
  std::optional<at::Tensor> bias, addend;
  at::IntArrayRef stride, padding;
  int64_t groups;
  int32_t activation;

  /// Whether oneDNN can do everything in one pass over memory. It does not support ReLU6 after an
  /// addition, and has no memory format for the addend where the result is a single position.
  bool can_fuse() const {
    if (!at::hasMKLDNN() || (addend && (activation == CT_RELU6 || is_single(*addend))))
      return false;
    const auto records = [](const std::optional<at::Tensor> &t) { return t && t->requires_grad(); };
    const bool is_recorded =
        at::GradMode::is_enabled() &&
        (x.requires_grad() || weight.requires_grad() || records(bias) || records(addend));
    return !is_recorded && x.is_cpu() && x.scalar_type() == at::kFloat &&
           weight.scalar_type() == at::kFloat && x.numel() > 0;
  }

  static bool is_single(const at::Tensor &map) {
    return map.dim() == 4 && map.size(2) == 1 && map.size(3) == 1;
  }

  at::Tensor fused() const {
    static const auto plain = operation<PlainConvolution>("mkldnn::_convolution_pointwise", "");
    static const auto adding =
        operation<AddingConvolution>("mkldnn::_convolution_pointwise", "binary");
    constexpr int64_t dilation[] = {1, 1};
    Scalars bounds;
    if (activation == CT_RELU6) {
      bounds.push_back(at::Scalar(0.0));
      bounds.push_back(at::Scalar(6.0));
    }
    const char *name = activation == CT_NO_ACTIVATION ? "none"
                       : activation == CT_RELU6       ? "hardtanh"
                                                      : "relu";
    if (!addend)
      return plain.call(x, weight, bias, padding, stride, dilation, groups, name, bounds, {});
    std::optional<std::string_view> after;
    if (activation != CT_NO_ACTIVATION) after = name;
    return adding.call(x, *addend, weight, bias, padding, stride, dilation, groups, "add", {},
                       after, bounds, {});
  }

  at::Tensor separate() const {
    auto y = at::conv2d(x, weight, bias, stride, padding, 1, groups);
    if (addend) y = y + *addend;
    if (activation == CT_NO_ACTIVATION) return y;
    return activation == CT_RELU6 ? y.clamp(0, 6) : y.relu();
  }
};

} // namespace

ct_status ct_convolve(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor addend,
                      const int64_t *stride, const int64_t *padding, int64_t groups,
                      int32_t activation, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    const Convolution convolution{x->value,         weight->value,   optional(bias),
                                  optional(addend), list(stride, 2), list(padding, 2),
                                  groups,           activation};
    // Only the general form checks shapes; oneDNN's form assumes that they are right.
    TORCH_CHECK(x->value.dim() == 4 && weight->value.dim() == 4 &&
                    x->value.size(1) == weight->value.size(1) * groups,
                "the channels do not fit the weight and ", groups, " groups");
    return convolution.can_fuse() ? convolution.fused() : convolution.separate();
  });
}

ct_status ct_pad(ct_tensor x, const int64_t *sides, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return at::constant_pad_nd(x->value, list(sides, 4), 0); });
}

ct_status ct_max_pool(ct_tensor x, int64_t kernel, int64_t stride, int64_t padding, int32_t ceil,
                      ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    return at::max_pool2d(x->value, {kernel, kernel}, {stride, stride}, {padding, padding}, {1, 1},
                          ceil != 0);
  });
}

ct_status ct_average_pool(ct_tensor x, int64_t kernel, int64_t stride, int64_t padding,
                          int32_t count_padding, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    return at::avg_pool2d(x->value, {kernel, kernel}, {stride, stride}, {padding, padding},
                          /*ceil_mode=*/false, count_padding != 0);
  });
}

ct_status ct_resize(ct_tensor x, int32_t filter, int32_t antialias, int64_t height, int64_t width,
                    double vertical_scale, double horizontal_scale, ct_tensor *out,
                    ct_message *message) {
  return produce(out, message, [&] {
    TORCH_CHECK(filter == CT_BILINEAR || filter == CT_BICUBIC, "filter ", filter, " is unknown");
    const auto scale = [](double value) {
      return value > 0 ? std::optional<double>(value) : std::nullopt;
    };
    using Resize = at::Tensor (*)(const at::Tensor &, at::IntArrayRef, bool, std::optional<double>,
                                  std::optional<double>);
    const Resize plain[] = {at::upsample_bilinear2d, at::upsample_bicubic2d};
    const Resize smooth[] = {at::_upsample_bilinear2d_aa, at::_upsample_bicubic2d_aa};
    const auto resize = antialias ? smooth[filter] : plain[filter];
    return resize(x->value, {height, width}, /*align_corners=*/false, scale(vertical_scale),
                  scale(horizontal_scale));
  });
}

ct_status ct_channels_last(ct_tensor x, ct_tensor *out, ct_message *message) {
  return produce(out, message,
                 [&] { return x->value.contiguous(at::MemoryFormat::ChannelsLast); });
}
