#pragma once
#include <ATen/ATen.h>
#include <vector>

namespace ctorch::fused {

/// The tensors that a step reads and changes: one entry per parameter in every list. `steps`
/// already includes this step; `averages` may be empty.
struct AdamWLists {
  std::vector<at::Tensor> values, gradients, first, second, steps, averages;
};

struct AdamW {
  double learning_rate, beta1, beta2, weight_decay, epsilon;
  /// The update rate of the averages: 0 leaves them unchanged, 1 replaces them.
  double average_rate;
};

/// Whether the kernels support these lists: float32 on the CPU.
bool takes(const AdamWLists &lists);

/// Takes one step and also updates packed weights, so that they are ready for the next use.
void adamw(const AdamWLists &lists, const AdamW &options);

} // namespace ctorch::fused
