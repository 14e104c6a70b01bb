// Arithmetic, comparison and reduction.
#include "boundary.h"

using namespace ctorch;

namespace {

at::Tensor apply(int32_t operation, const at::Tensor &x) {
  switch (operation) {
  case CT_NEGATE: return x.neg();
  case CT_EXP: return x.exp();
  case CT_LOG: return x.log();
  case CT_SQRT: return x.sqrt();
  case CT_RSQRT: return x.rsqrt();
  case CT_SQUARE: return x.square();
  case CT_ABS: return x.abs();
  case CT_SIN: return x.sin();
  case CT_COS: return x.cos();
  case CT_TANH: return x.tanh();
  case CT_SIGMOID: return x.sigmoid();
  case CT_SILU: return at::silu(x);
  case CT_GELU: return at::gelu(x, "none");
  case CT_GELU_TANH: return at::gelu(x, "tanh");
  case CT_RELU: return x.relu();
  case CT_IS_FINITE: return at::isfinite(x);
  case CT_NOT: return x.logical_not();
  case CT_SOFTPLUS: return at::softplus(x);
  default: TORCH_CHECK(false, "unary operation ", operation, " is unknown");
  }
}

at::Tensor apply(int32_t operation, const at::Tensor &a, const at::Tensor &b) {
  switch (operation) {
  case CT_ADD: return a + b;
  case CT_SUBTRACT: return a - b;
  case CT_MULTIPLY: return a * b;
  case CT_DIVIDE: return a / b;
  case CT_POWER: return a.pow(b);
  case CT_MAXIMUM: return at::maximum(a, b);
  case CT_MINIMUM: return at::minimum(a, b);
  case CT_EQUAL: return a.eq(b);
  case CT_LESS: return a.lt(b);
  case CT_LESS_EQUAL: return a.le(b);
  case CT_AND: return a.logical_and(b);
  case CT_OR: return a.logical_or(b);
  default: TORCH_CHECK(false, "binary operation ", operation, " is unknown");
  }
}

at::Tensor apply(int32_t operation, const at::Tensor &a, double b) {
  switch (operation) {
  case CT_ADD: return a + b;
  case CT_SUBTRACT: return a - b;
  case CT_MULTIPLY: return a * b;
  case CT_DIVIDE: return a / b;
  case CT_POWER: return a.pow(b);
  case CT_MAXIMUM: return a.clamp_min(b);
  case CT_MINIMUM: return a.clamp_max(b);
  case CT_EQUAL: return a.eq(b);
  case CT_LESS: return a.lt(b);
  case CT_LESS_EQUAL: return a.le(b);
  default: TORCH_CHECK(false, "operation ", operation, " takes no number");
  }
}

at::Tensor reduce(int32_t operation, const at::Tensor &x, at::OptionalIntArrayRef dims, bool keep) {
  switch (operation) {
  case CT_SUM: return x.sum(dims, keep);
  case CT_MEAN: return x.mean(dims, keep);
  case CT_AMAX: return dims ? x.amax(*dims, keep) : x.max();
  case CT_AMIN: return dims ? x.amin(*dims, keep) : x.min();
  case CT_VARIANCE: return x.var(dims, std::optional<at::Scalar>(0), keep);
  case CT_ALL: return dims ? x.all(*dims, keep) : x.all();
  case CT_ARGMAX:
    TORCH_CHECK(!dims || dims->size() == 1, "argmax takes one dimension or none");
    return dims ? x.argmax((*dims)[0], keep) : x.argmax();
  default: TORCH_CHECK(false, "reduction ", operation, " is unknown");
  }
}

} // namespace

ct_status ct_unary(int32_t operation, ct_tensor x, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return apply(operation, x->value); });
}

ct_status ct_binary(int32_t operation, ct_tensor a, ct_tensor b, ct_tensor *out,
                    ct_message *message) {
  return produce(out, message, [&] { return apply(operation, a->value, b->value); });
}

ct_status ct_binary_scalar(int32_t operation, ct_tensor a, double b, ct_tensor *out,
                           ct_message *message) {
  return produce(out, message, [&] { return apply(operation, a->value, b); });
}

ct_status ct_where(ct_tensor condition, ct_tensor a, ct_tensor b, ct_tensor *out,
                   ct_message *message) {
  return produce(out, message, [&] { return at::where(condition->value, a->value, b->value); });
}

ct_status ct_reduce(int32_t operation, ct_tensor x, const int64_t *dims, int32_t count,
                    int32_t keep_dims, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    const auto chosen = count ? at::OptionalIntArrayRef(list(dims, count)) : std::nullopt;
    return reduce(operation, x->value, chosen, keep_dims != 0);
  });
}
