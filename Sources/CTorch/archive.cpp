// The container format of PyTorch's files: a zip archive with a pickle and the tensors' raw bytes.
#include "boundary.h"

#include <caffe2/serialize/inline_container.h>
#include <map>

using namespace ctorch;

struct ct_archive_s {
  caffe2::serialize::PyTorchStreamReader reader;
  std::map<std::string, at::Tensor> records;

  /// The bytes of a record, cached after the first read.
  const at::Tensor &record(const std::string &name) {
    const auto known = records.find(name);
    if (known != records.end()) return known->second;
    auto [data, size] = reader.getRecord(name);
    const c10::Storage storage(c10::Storage::use_byte_size_t(), size, std::move(data),
                               /*allocator=*/nullptr, /*resizable=*/false);
    auto bytes = at::empty({0}, at::kByte).set_(storage, 0, {static_cast<int64_t>(size)}, {1});
    return records.emplace(name, std::move(bytes)).first->second;
  }
};

namespace {

at::ScalarType stored_type(int32_t dtype) {
  switch (dtype) {
  case CT_STORED_INT32: return at::kInt;
  case CT_STORED_INT16: return at::kShort;
  case CT_STORED_INT8: return at::kChar;
  default: return scalar_type(dtype);
  }
}

} // namespace

ct_status ct_archive_open(const char *path, ct_archive *out, ct_message *message) {
  return guarded(message, [&] {
    *out = new ct_archive_s{caffe2::serialize::PyTorchStreamReader(std::string(path)), {}};
  });
}

ct_status ct_archive_record(ct_archive archive, const char *name, ct_tensor *out,
                            ct_message *message) {
  return produce(out, message, [&] { return archive->record(name); });
}

ct_status ct_archive_view(ct_archive archive, const char *name, int32_t dtype, int64_t offset,
                          const int64_t *sizes, const int64_t *strides, int32_t rank,
                          ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    const auto type = stored_type(dtype);
    for (const auto size : list(sizes, rank)) TORCH_CHECK(size >= 0, "a size is ", size);
    // An empty tensor may have no record.
    const bool empty = c10::multiply_integers(list(sizes, rank)) == 0;
    if (empty) return at::empty(list(sizes, rank), dtype > CT_BOOL ? at::kLong : type);
    const auto &bytes = archive->record(name);
    const auto width = static_cast<int64_t>(c10::elementSize(type));
    const auto view = bytes.narrow(0, 0, bytes.numel() / width * width)
                          .view(type)
                          .as_strided(list(sizes, rank), list(strides, rank), offset);
    return dtype > CT_BOOL ? view.to(at::kLong) : view;
  });
}

void ct_archive_free(ct_archive archive) { delete archive; }
