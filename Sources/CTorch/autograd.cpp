// Gradients and reduced-precision scopes.
#include "boundary.h"

#include <ATen/autocast_mode.h>

using namespace ctorch;

int32_t ct_set_gradients_enabled(int32_t enabled) {
  const bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled != 0);
  return before;
}

ct_status ct_set_requires_gradient(ct_tensor tensor, int32_t required, ct_message *message) {
  return guarded(message, [&] { tensor->value.set_requires_grad(required != 0); });
}

int32_t ct_requires_gradient(ct_tensor tensor) { return tensor->value.requires_grad(); }

ct_status ct_detach(ct_tensor tensor, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return tensor->value.detach(); });
}

ct_status ct_backward(ct_tensor tensor, ct_tensor gradient, ct_message *message) {
  return guarded(message, [&] { tensor->value.backward(gradient ? gradient->value : at::Tensor()); });
}

ct_status ct_gradient(ct_tensor tensor, ct_tensor *out, ct_message *message) {
  return guarded(message, [&] {
    const auto &gradient = tensor->value.grad();
    *out = gradient.defined() ? hand_over(gradient) : nullptr;
  });
}

ct_status ct_set_gradient(ct_tensor tensor, ct_tensor gradient, ct_message *message) {
  return guarded(message, [&] { tensor->value.mutable_grad() = gradient->value; });
}

void ct_clear_gradient(ct_tensor tensor) { tensor->value.mutable_grad().reset(); }

ct_status ct_autocast_begin(int32_t device_type, int32_t dtype, int32_t *previous,
                            ct_message *message) {
  return guarded(message, [&] {
    const auto device = device_type == CT_CUDA ? at::kCUDA : at::kCPU;
    *previous = at::autocast::is_autocast_enabled(device);
    at::autocast::set_autocast_dtype(device, scalar_type(dtype));
    at::autocast::set_autocast_enabled(device, true);
    at::autocast::increment_nesting();
  });
}

void ct_autocast_end(int32_t device_type, int32_t previous) {
  const auto device = device_type == CT_CUDA ? at::kCUDA : at::kCPU;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device, previous != 0);
}
