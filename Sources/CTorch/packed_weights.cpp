// Weights in the form of the fused kernels, kept as long as they stay the same.
#include "packed_weights.h"

#include <c10/core/StorageImpl.h>
#include <ckernels.h>
#include <map>
#include <memory>
#include <mutex>

namespace ctorch::fused {
namespace {

/// One weight in one form.
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

/// The entry of a weight; forgets those whose weights are gone whenever a new one comes.
std::shared_ptr<Entry> entry(const at::Tensor &weight, bool transposed) {
  const Key key{weight.const_data_ptr(), weight.size(0), weight.size(1), transposed};
  const std::lock_guard lock(table_mutex);
  const auto found = table.find(key);
  if (found != table.end() && found->second->storage._unsafe_get_target() ==
                                  weight.storage().unsafeGetStorageImpl() &&
      !found->second->storage.expired())
    return found->second;
  for (auto it = table.begin(); it != table.end();)
    it = it->second->storage.expired() ? table.erase(it) : std::next(it);
  return table[key] = std::make_shared<Entry>(weight);
}

} // namespace

at::Tensor packed(const at::Tensor &weight, bool transposed) {
  const auto kept = entry(weight, transposed);
  const uint32_t version = weight.unsafeGetTensorImpl()->version_counter().current_version();
  const std::lock_guard lock(kept->mutex);
  if (kept->packed.defined() && kept->version == version) return kept->packed;
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  const int64_t inner = transposed ? outputs : inputs, columns = transposed ? inputs : outputs;
  // A new tensor: another thread may still multiply by the old one.
  at::Tensor fresh = at::empty({ck_packed_count(inner, columns)}, at::kBFloat16);
  ck_pack_float(static_cast<const float *>(weight.const_data_ptr()), inner, columns, transposed ? inputs : 1,
                transposed ? 1 : inputs, static_cast<ck_bfloat16 *>(fresh.mutable_data_ptr()));
  kept->packed = fresh;
  kept->version = version;
  return fresh;
}

} // namespace ctorch::fused
