// Views, joins and indexing.
#include "boundary.h"

using namespace ctorch;

ct_status ct_reshape(ct_tensor x, const int64_t *sizes, int32_t rank, ct_tensor *out,
                     ct_message *message) {
  return produce(out, message, [&] { return x->value.reshape(list(sizes, rank)); });
}

ct_status ct_permute(ct_tensor x, const int64_t *order, int32_t rank, ct_tensor *out,
                     ct_message *message) {
  return produce(out, message, [&] { return x->value.permute(list(order, rank)); });
}

ct_status ct_expand(ct_tensor x, const int64_t *sizes, int32_t rank, ct_tensor *out,
                    ct_message *message) {
  return produce(out, message, [&] { return x->value.expand(list(sizes, rank)); });
}

ct_status ct_slice(ct_tensor x, int64_t dim, int64_t start, int64_t end, int64_t step,
                   ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return x->value.slice(dim, start, end, step); });
}

ct_status ct_split(ct_tensor x, const int64_t *sizes, int32_t count, int64_t dim, ct_tensor *out,
                   ct_message *message) {
  return guarded(message, [&] {
    auto parts = x->value.split_with_sizes(list(sizes, count), dim);
    for (int32_t i = 0; i < count; ++i) out[i] = hand_over(std::move(parts[i]));
  });
}

ct_status ct_unsqueeze(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return x->value.unsqueeze(dim); });
}

ct_status ct_squeeze(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return x->value.squeeze(dim); });
}

ct_status ct_flip(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return x->value.flip({dim}); });
}

ct_status ct_concatenate(const ct_tensor *tensors, int32_t count, int64_t dim, ct_tensor *out,
                         ct_message *message) {
  return produce(out, message, [&] { return at::cat(list(tensors, count), dim); });
}

ct_status ct_index_select(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor *out,
                          ct_message *message) {
  return produce(out, message, [&] { return x->value.index_select(dim, indices->value); });
}

ct_status ct_gather(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor *out,
                    ct_message *message) {
  return produce(out, message, [&] { return x->value.gather(dim, indices->value); });
}

ct_status ct_scatter(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor source, ct_tensor *out,
                     ct_message *message) {
  return produce(out, message,
                 [&] { return x->value.scatter(dim, indices->value, source->value); });
}

ct_status ct_argsort(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return at::argsort(x->value, /*stable=*/true, dim); });
}

ct_status ct_smallest(ct_tensor x, int64_t count, int64_t dim, ct_tensor *values,
                      ct_tensor *indices, ct_message *message) {
  return guarded(message, [&] {
    auto [smallest, places] = at::topk(x->value, count, dim, /*largest=*/false, /*sorted=*/true);
    *values = hand_over(std::move(smallest));
    *indices = hand_over(std::move(places));
  });
}
