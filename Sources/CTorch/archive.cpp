// PyTorch's own files: a zip of a pickle and raw tensors, read without Python.
#include "boundary.h"

#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/import_read.h>

using namespace ctorch;

struct ct_archive_s {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
};

namespace {

/// Walks dictionaries, lists and tuples; keeps tensors, skips everything else.
void collect(const c10::IValue &value, const std::string &name, ct_archive_s &archive) {
  const auto child = [&](const std::string &key) { return name.empty() ? key : name + "." + key; };
  if (value.isTensor()) {
    archive.tensors.emplace_back(name, value.toTensor());
  } else if (value.isGenericDict()) {
    for (const auto &entry : value.toGenericDict()) {
      const auto &key = entry.key();
      collect(entry.value(),
              child(key.isString() ? key.toStringRef() : c10::str(key)), archive);
    }
  } else if (value.isList()) {
    const auto items = value.toListRef();
    for (size_t i = 0; i < items.size(); ++i) collect(items[i], child(std::to_string(i)), archive);
  } else if (value.isTuple()) {
    const auto &items = value.toTupleRef().elements();
    for (size_t i = 0; i < items.size(); ++i) collect(items[i], child(std::to_string(i)), archive);
  }
}

} // namespace

ct_status ct_archive_open(const char *path, ct_archive *out, ct_message *message) {
  return guarded(message, [&] {
    caffe2::serialize::PyTorchStreamReader reader{std::string(path)};
    const auto root = torch::jit::readArchiveAndTensors(
        "data", /*pickle_prefix=*/"", /*tensor_prefix=*/"data/", /*type_resolver=*/std::nullopt,
        /*obj_loader=*/std::nullopt, at::Device(at::kCPU), reader);
    auto archive = std::make_unique<ct_archive_s>();
    collect(root, "", *archive);
    *out = archive.release();
  });
}

int32_t ct_archive_count(ct_archive archive) {
  return static_cast<int32_t>(archive->tensors.size());
}

const char *ct_archive_name(ct_archive archive, int32_t index) {
  return archive->tensors[index].first.c_str();
}

ct_status ct_archive_tensor(ct_archive archive, int32_t index, ct_tensor *out,
                            ct_message *message) {
  return produce(out, message, [&] { return archive->tensors[index].second; });
}

void ct_archive_free(ct_archive archive) { delete archive; }
