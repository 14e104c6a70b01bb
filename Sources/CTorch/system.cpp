// Capabilities of this build and machine.
#include "boundary.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>
#include <malloc.h>
#include <csignal>
#include <sys/prctl.h>
#include <torch/headeronly/version.h>

using namespace ctorch;

const char *ct_libtorch_version(void) { return TORCH_VERSION; }

const char *ct_cpu_capability(void) {
  static const std::string name = at::get_cpu_capability();
  return name.c_str();
}

int32_t ct_thread_count(void) { return at::get_num_threads(); }

void ct_set_thread_count(int32_t count) { at::set_num_threads(count); }

void ct_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }

void ct_keep_freed_memory(void) {
  // By default glibc maps memory for every large block and returns it at once, so that the kernel
  // clears the same pages again at every step.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT32_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
}

ct_status ct_cuda_device_count(int32_t *count, ct_message *message) {
  return guarded(message, [&] {
    // Only the CPU part is linked; the CUDA part registers itself when it is loaded.
    static const std::string failure =
        dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) ? "" : dlerror();
    TORCH_CHECK(failure.empty(), "libtorch's CUDA part cannot be loaded: ", failure);
    *count = static_cast<int32_t>(at::detail::getCUDAHooks().deviceCount());
  });
}

ct_status ct_synchronize(ct_device device, ct_message *message) {
  return guarded(message, [&] {
    if (device.type != CT_CUDA) return;
    const auto target = device_from(device);
    c10::impl::getDeviceGuardImpl(target.type())->synchronizeDevice(target.index());
  });
}
