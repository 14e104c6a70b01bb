// Common to every source file of the shim: the handle type, and the guard that catches exceptions.
#pragma once
#include "ctorch.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <vector>

struct ct_tensor_s {
  at::Tensor value;
};

namespace ctorch {

/// Creates an owned handle and counts it.
ct_tensor hand_over(at::Tensor value);

/// Copies the first line of `text` into the caller's buffer.
void write_message(ct_message *message, const char *text);

/// Converts the current exception to a status; only to be called inside a catch block.
ct_status report_exception(ct_message *message);

/// Runs `body`; catches everything.
template <class Body> ct_status guarded(ct_message *message, Body &&body) {
  try {
    body();
    return CT_OK;
  } catch (...) {
    return report_exception(message);
  }
}

/// Runs `body` and returns its tensor in `out`.
template <class Body> ct_status produce(ct_tensor *out, ct_message *message, Body &&body) {
  return guarded(message, [&] { *out = hand_over(body()); });
}

inline at::IntArrayRef list(const int64_t *values, int32_t count) {
  return at::IntArrayRef(values, static_cast<size_t>(count));
}

inline std::vector<at::Tensor> list(const ct_tensor *tensors, int32_t count) {
  std::vector<at::Tensor> values;
  values.reserve(count);
  for (int32_t i = 0; i < count; ++i) values.push_back(tensors[i]->value);
  return values;
}

inline std::optional<at::Tensor> optional(ct_tensor tensor) {
  return tensor ? std::optional<at::Tensor>(tensor->value) : std::nullopt;
}

at::ScalarType scalar_type(int32_t dtype);
at::Device device_from(ct_device device);

} // namespace ctorch
