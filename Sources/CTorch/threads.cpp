#include "threads.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

void ctorch::for_every_part(int64_t count, c10::function_ref<void(int64_t, int64_t)> body) {
  if (count <= 1 || at::get_num_threads() == 1 || at::in_parallel_region()) return body(0, count);
  // We compile without OpenMP, so `at::parallel_for` would use one thread here. An element-wise
  // operation of libtorch over the iteration numbers uses libtorch's threads.
  at::Tensor numbers = at::arange(count, at::kLong);
  const auto run = [&](char **data, const int64_t *strides, int64_t size) {
    const int64_t begin = *reinterpret_cast<const int64_t *>(data[0]);
    body(begin, begin + size);
  };
  at::TensorIterator::nullary_op(numbers).for_each(run, /*grain_size=*/1);
}
