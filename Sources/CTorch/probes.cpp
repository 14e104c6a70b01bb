// Measures the peak performance of this machine, on all of libtorch's threads.
#include "boundary.h"
#include "threads.h"

#include <ATen/Parallel.h>
#include <atomic>
#include <chrono>
#include <ckernels.h>
#include <vector>

namespace {

double seconds_of(c10::function_ref<void()> work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

double ct_probe_products(double seconds) {
  const int threads = at::get_num_threads();
  double best = 0;
  for (double spent = 0; spent < seconds;) {
    std::atomic<int64_t> operations{0};
    // About a millisecond per thread, short enough to fit into a moment without other work.
    const double taken = seconds_of([&] {
      ctorch::for_every_part(threads, [&](int64_t begin, int64_t end) {
        for (; begin < end; begin++) operations += ck_probe_products(400'000);
      });
    });
    best = std::max(best, static_cast<double>(operations.load()) / taken);
    spent += taken;
  }
  return best;
}

double ct_probe_memory(double seconds) {
  const int threads = at::get_num_threads();
  // Much more than all caches hold.
  const int64_t part = int64_t{64} << 20;
  const std::vector<float> values(threads * part / 4, 1.0f);
  double best = 0;
  for (double spent = 0; spent < seconds;) {
    std::atomic<float> sum{0};
    const double taken = seconds_of([&] {
      ctorch::for_every_part(threads, [&](int64_t begin, int64_t end) {
        for (; begin < end; begin++) sum = ck_probe_memory(&values[begin * part / 4], part / 4);
      });
    });
    best = std::max(best, static_cast<double>(threads * part) / taken);
    spent += taken;
  }
  return best;
}
