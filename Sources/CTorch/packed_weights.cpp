// Weights packed for the fused kernels, kept until they change.
#include "packed_weights.h"

#include <c10/core/StorageImpl.h>
#include <ckernels.h>
#include <map>
#include <memory>
#include <mutex>

namespace ctorch::fused {
namespace {

/// One packed form of one weight.
struct Entry {
  std::mutex mutex;
  c10::weak_intrusive_ptr<c10::StorageImpl> storage;
  uint32_t version = 0;
  at::Tensor packed;

  explicit Entry(const at::Tensor &weight) : storage(weight.storage().getWeakStorageImpl()) {}
};

using Key = std::tuple<const void *, int64_t, int64_t, bool>;

std::mutex table_mutex;
std::map<Key, std::shared_ptr<Entry>> table;

Key key_of(const at::Tensor &weight, bool transposed) {
  return {weight.const_data_ptr(), weight.size(0), weight.size(1), transposed};
}

bool is_of(const Entry &entry, const at::Tensor &weight) {
  return !entry.storage.expired() &&
         entry.storage._unsafe_get_target() == weight.storage().unsafeGetStorageImpl();
}

/// The entry of a weight, or null; the table must be locked.
std::shared_ptr<Entry> known_entry(const at::Tensor &weight, bool transposed) {
  const auto found = table.find(key_of(weight, transposed));
  return found != table.end() && is_of(*found->second, weight) ? found->second : nullptr;
}

/// The entry of a weight. When a new one is created, entries of freed weights are dropped.
std::shared_ptr<Entry> entry(const at::Tensor &weight, bool transposed) {
  const std::lock_guard lock(table_mutex);
  if (auto known = known_entry(weight, transposed)) return known;
  for (auto it = table.begin(); it != table.end();)
    it = it->second->storage.expired() ? table.erase(it) : std::next(it);
  return table[key_of(weight, transposed)] = std::make_shared<Entry>(weight);
}

/// Allocates memory for a packed form.
at::Tensor fresh(const at::Tensor &weight, bool transposed) {
  const int64_t inner = weight.size(transposed ? 0 : 1), columns = weight.size(transposed ? 1 : 0);
  return at::empty({ck_packed_count(inner, columns)}, at::kBFloat16);
}

uint32_t version_of(const at::Tensor &weight) {
  return weight.unsafeGetTensorImpl()->version_counter().current_version();
}

} // namespace

at::Tensor packed(const at::Tensor &weight, bool transposed) {
  const auto kept = entry(weight, transposed);
  const uint32_t version = version_of(weight);
  const std::lock_guard lock(kept->mutex);
  if (kept->packed.defined() && kept->version == version) return kept->packed;
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  // Allocate a new tensor, since another thread may still be multiplying by the old one.
  kept->packed = fresh(weight, transposed);
  kept->version = version;
  ck_pack_float(static_cast<const float *>(weight.const_data_ptr()), transposed ? outputs : inputs,
                transposed ? inputs : outputs, transposed ? inputs : 1, transposed ? 1 : inputs,
                static_cast<ck_bfloat16 *>(kept->packed.mutable_data_ptr()));
  return kept->packed;
}

Repacking begin_repacking(const at::Tensor &weight) {
  if (weight.dim() != 2) return {};
  const std::lock_guard lock(table_mutex);
  return {known_entry(weight, false) ? fresh(weight, false) : at::Tensor(),
          known_entry(weight, true) ? fresh(weight, true) : at::Tensor()};
}

void end_repacking(const at::Tensor &weight, const Repacking &repacking) {
  for (const bool transposed : {false, true}) {
    const auto &form = transposed ? repacking.transposed : repacking.forward;
    if (!form.defined()) continue;
    const auto kept = entry(weight, transposed);
    const std::lock_guard lock(kept->mutex);
    kept->packed = form;
    kept->version = version_of(weight);
  }
}

} // namespace ctorch::fused
