#pragma once
#include <ATen/ATen.h>
#include <vector>

namespace ctorch::fused {

/// What a step reads and changes: one entry for each parameter in every list. `steps` counts this step
/// already; `averages` may be empty.
struct AdamWLists {
  std::vector<at::Tensor> values, gradients, first, second, steps, averages;
};

struct AdamW {
  double learning_rate, beta1, beta2, weight_decay, epsilon;
  /// How fast averages follow: 0 not at all, 1 at once.
  double average_rate;
};

/// Whether the kernels take such lists: float32 on the processor.
bool takes(const AdamWLists &lists);

/// Takes one step; whoever asks for a packed weight then finds it packed.
void adamw(const AdamWLists &lists, const AdamW &options);

} // namespace ctorch::fused
