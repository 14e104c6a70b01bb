// AdamW, the average of weights and packing the weights, in one pass over memory.
#include "fused_adamw.h"

#include "fused.h"
#include "packed_weights.h"
#include "threads.h"

#include <ATen/Parallel.h>
#include <algorithm>
#include <ckernels.h>
#include <cmath>

namespace ctorch::fused {
namespace {

/// One parameter with everything that is updated with it.
struct Moving {
  at::Tensor value, gradient;
  ck_adamw step;
  ck_adamw_state state;
  Repacking repacking;
  bool is_packed() const { return repacking.forward.defined() || repacking.transposed.defined(); }
};

/// Values that one thread updates at a time.
struct Block {
  const Moving *moving;
  int64_t begin, end;
};

float *data(const at::Tensor &tensor) { return static_cast<float *>(tensor.mutable_data_ptr()); }

ck_bfloat16 *form(const at::Tensor &tensor) {
  return tensor.defined() ? static_cast<ck_bfloat16 *>(tensor.mutable_data_ptr()) : nullptr;
}

bool fits(const at::Tensor &tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous();
}

ck_adamw numbers_of(const AdamW &options, double steps) {
  return {.rate = static_cast<float>(options.learning_rate / (1 - std::pow(options.beta1, steps))),
          .second_scale = static_cast<float>(1 / std::sqrt(1 - std::pow(options.beta2, steps))),
          .first_rate = static_cast<float>(1 - options.beta1),
          .second_rate = static_cast<float>(1 - options.beta2),
          .keep = static_cast<float>(1 - options.learning_rate * options.weight_decay),
          .epsilon = static_cast<float>(options.epsilon),
          .average_rate = static_cast<float>(options.average_rate)};
}

std::vector<Block> blocks_of(const std::vector<Moving> &all) {
  std::vector<Block> blocks;
  for (const auto &moving : all) {
    // For packed weights, rows that stay in the cache until they are packed; for others, a few
    // pages of values.
    const int64_t size = moving.is_packed() ? CK_PANEL * moving.value.size(1) : 16384;
    for (int64_t begin = 0; begin < moving.value.numel(); begin += size)
      blocks.push_back({&moving, begin, std::min(begin + size, moving.value.numel())});
  }
  return blocks;
}

void move(const Block &block) {
  const Moving &m = *block.moving;
  ck_adamw_step(&m.step, block.begin, block.end, &m.state);
  if (!m.is_packed()) return;
  const int64_t inputs = m.value.size(1);
  ck_pack_rows(m.state.value, m.value.size(0), inputs, block.begin / inputs, block.end / inputs,
               form(m.repacking.forward), form(m.repacking.transposed));
}

} // namespace

bool takes(const AdamWLists &lists) {
  if (!is_in_use()) return false;
  for (const auto *list : {&lists.values, &lists.first, &lists.second, &lists.averages})
    if (!std::all_of(list->begin(), list->end(), fits)) return false;
  return std::all_of(lists.gradients.begin(), lists.gradients.end(), [](const at::Tensor &gradient) {
    return gradient.is_cpu() && gradient.scalar_type() == at::kFloat;
  });
}

void adamw(const AdamWLists &lists, const AdamW &options) {
  std::vector<Moving> all;
  for (size_t i = 0; i < lists.values.size(); i++) {
    Moving m{.value = lists.values[i], .gradient = lists.gradients[i].contiguous()};
    m.step = numbers_of(options, lists.steps[i].item<double>());
    m.state = {static_cast<const float *>(m.gradient.const_data_ptr()), data(m.value),
               data(lists.first[i]), data(lists.second[i]),
               lists.averages.empty() ? nullptr : data(lists.averages[i])};
    m.repacking = begin_repacking(m.value);
    all.push_back(std::move(m));
  }
  const auto blocks = blocks_of(all);
  const int64_t threads = at::get_num_threads();
  for_every_part(threads, [&](int64_t begin, int64_t end) {
    for (; begin < end; begin++)
      for (size_t i = begin; i < blocks.size(); i += threads) move(blocks[i]);
  });
  for (const auto &m : all) {
    m.value.unsafeGetTensorImpl()->bump_version();
    end_repacking(m.value, m.repacking);
  }
  for (const auto &average : lists.averages) average.unsafeGetTensorImpl()->bump_version();
}

} // namespace ctorch::fused
