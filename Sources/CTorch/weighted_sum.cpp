// Weighted sums of tensors, which forecast the network's outputs from earlier ones.

#include "boundary.h"

#include <ckernels.h>

using namespace ctorch;

namespace {

bool is_plain(const at::Tensor &x, const at::Tensor &like) {
  return x.device().is_cpu() && x.is_contiguous() && x.sizes() == like.sizes() &&
         x.scalar_type() == like.scalar_type();
}

/// The sum by our own kernel.
at::Tensor fused_sum(const std::vector<at::Tensor> &terms, const double *weights,
                     const std::optional<at::Tensor> &base) {
  const at::Tensor &like = terms.front();
  const int64_t rows = like.size(0), count = terms.size();
  const std::vector<float> narrowed(weights, weights + rows * count);
  std::vector<const void *> values;
  for (const auto &term : terms) values.push_back(term.const_data_ptr());
  at::Tensor result = at::empty_like(like);
  ck_weighted_sum(rows, rows ? like.numel() / rows : 0, count, values.data(), narrowed.data(),
                  base ? base->const_data_ptr() : nullptr, like.scalar_type() == at::kBFloat16,
                  result.mutable_data_ptr());
  return result;
}

} // namespace

ct_status ct_weighted_sum(const ct_tensor *terms, int32_t count, const double *weights,
                          ct_tensor base, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    at::NoGradGuard guard;
    const auto values = list(terms, count);
    TORCH_CHECK(!values.empty() && values.front().dim() > 0, "there must be terms with rows");
    const at::Tensor &like = values.front();
    const auto start = optional(base);
    const auto type = like.scalar_type();
    bool is_fused = (type == at::kFloat || type == at::kBFloat16) && (!start || is_plain(*start, like));
    for (const auto &value : values) is_fused = is_fused && is_plain(value, like);
    if (is_fused) return fused_sum(values, weights, start);
    const auto wide = type == at::kDouble ? at::kDouble : at::kFloat;
    const int64_t rows = like.size(0);
    std::vector<int64_t> shape(like.dim(), 1);
    shape[0] = rows;
    at::Tensor sum = start ? start->to(wide) : at::zeros_like(like, wide);
    const at::Tensor factors =
        at::from_blob(const_cast<double *>(weights), {rows, count}, at::kDouble)
            .to(like.device(), wide);
    for (int32_t k = 0; k < count; ++k)
      sum = sum + values[k].to(wide) * factors.select(1, k).view(shape);
    return sum.to(start ? start->scalar_type() : type);
  });
}
