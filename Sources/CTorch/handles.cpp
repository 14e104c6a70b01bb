// Creating, describing, copying and freeing tensors.
#include "boundary.h"

#include <atomic>
#include <cstring>

using namespace ctorch;

namespace {
std::atomic<int64_t> live_handles{0};
thread_local int64_t handles_of_thread = 0;

constexpr at::ScalarType scalar_types[] = {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf,
                                           at::kLong,   at::kByte,  at::kBool};
} // namespace

namespace ctorch {

ct_tensor hand_over(at::Tensor value) {
  auto handle = new ct_tensor_s{std::move(value)};
  live_handles.fetch_add(1, std::memory_order_relaxed);
  ++handles_of_thread;
  return handle;
}

void write_message(ct_message *message, const char *text) {
  if (!message) return;
  size_t length = 0;
  while (text[length] && text[length] != '\n' && length + 1 < sizeof message->text) ++length;
  std::memcpy(message->text, text, length);
  message->text[length] = 0;
}

ct_status report_exception(ct_message *message) {
  try {
    throw;
  } catch (const c10::OutOfMemoryError &error) {
    write_message(message, error.what_without_backtrace());
    return CT_OUT_OF_MEMORY;
  } catch (const c10::NotImplementedError &error) {
    write_message(message, error.what_without_backtrace());
    return CT_UNSUPPORTED;
  } catch (const c10::Error &error) {
    write_message(message, error.what_without_backtrace());
    // The CPU allocator reports out-of-memory as an ordinary error.
    return std::strstr(error.what_without_backtrace(), "can't allocate memory") ? CT_OUT_OF_MEMORY
                                                                                : CT_INVALID;
  } catch (const std::bad_alloc &) {
    write_message(message, "the host has no memory left");
    return CT_OUT_OF_MEMORY;
  } catch (const std::exception &error) {
    write_message(message, error.what());
    return CT_FAILED;
  } catch (...) {
    write_message(message, "an exception of unknown type");
    return CT_FAILED;
  }
}

at::ScalarType scalar_type(int32_t dtype) {
  TORCH_CHECK(dtype >= CT_FLOAT64 && dtype <= CT_BOOL, "dtype number ", dtype, " is unknown");
  return scalar_types[dtype];
}

at::Device device_from(ct_device device) {
  return device.type == CT_CUDA ? at::Device(at::kCUDA, static_cast<int8_t>(device.index))
                                : at::Device(at::kCPU);
}

} // namespace ctorch

int32_t ct_interface_version(void) { return CT_INTERFACE_VERSION; }

void ct_free(ct_tensor tensor) {
  if (!tensor) return;
  delete tensor;
  live_handles.fetch_sub(1, std::memory_order_relaxed);
  --handles_of_thread;
}

int64_t ct_live_handles(void) { return live_handles.load(std::memory_order_relaxed); }

int64_t ct_handles_of_thread(void) { return handles_of_thread; }

int32_t ct_dtype(ct_tensor tensor) {
  const auto type = tensor->value.scalar_type();
  for (int32_t i = CT_FLOAT64; i <= CT_BOOL; ++i)
    if (scalar_types[i] == type) return i;
  return -1;
}

ct_device ct_device_of(ct_tensor tensor) {
  const auto device = tensor->value.device();
  return device.is_cuda() ? ct_device{CT_CUDA, device.index()} : ct_device{CT_CPU, 0};
}

int32_t ct_rank(ct_tensor tensor) { return static_cast<int32_t>(tensor->value.dim()); }

void ct_shape(ct_tensor tensor, int64_t *sizes) {
  for (auto size : tensor->value.sizes()) *sizes++ = size;
}

int32_t ct_is_same(ct_tensor first, ct_tensor second) {
  return first->value.is_same(second->value);
}

ct_status ct_from_host(const void *values, int32_t dtype, const int64_t *sizes, int32_t rank,
                       ct_device device, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    auto host = at::empty(list(sizes, rank), at::TensorOptions(scalar_type(dtype)));
    if (host.nbytes()) std::memcpy(host.data_ptr(), values, host.nbytes());
    return host.to(device_from(device));
  });
}

ct_status ct_to_host(ct_tensor tensor, void *values, size_t bytes, ct_message *message) {
  return guarded(message, [&] {
    const auto host = tensor->value.detach().to(at::kCPU).contiguous();
    TORCH_CHECK(host.nbytes() == bytes, "the buffer has ", bytes, " bytes, the tensor ",
                host.nbytes());
    if (bytes) std::memcpy(values, host.data_ptr(), bytes);
  });
}

ct_status ct_full(double value, int32_t dtype, const int64_t *sizes, int32_t rank, ct_device device,
                  ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    return at::full(list(sizes, rank), value,
                    at::TensorOptions(scalar_type(dtype)).device(device_from(device)));
  });
}

ct_status ct_arange(int64_t count, int32_t dtype, ct_device device, ct_tensor *out,
                    ct_message *message) {
  return produce(out, message, [&] {
    return at::arange(count, at::TensorOptions(scalar_type(dtype)).device(device_from(device)));
  });
}

ct_status ct_to(ct_tensor tensor, int32_t dtype, ct_device device, ct_tensor *out,
                ct_message *message) {
  return produce(out, message,
                 [&] { return tensor->value.to(device_from(device), scalar_type(dtype)); });
}

ct_status ct_clone(ct_tensor tensor, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return tensor->value.clone(); });
}

ct_status ct_copy_into(ct_tensor target, ct_tensor source, ct_message *message) {
  return guarded(message, [&] {
    TORCH_CHECK(target->value.sizes() == source->value.sizes(), "the target has shape ",
                target->value.sizes(), ", the source ", source->value.sizes());
    c10::NoGradGuard no_gradients;
    target->value.copy_(source->value);
  });
}
