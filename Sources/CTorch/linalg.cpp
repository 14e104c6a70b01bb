// Symmetric matrices: LAPACK on the host, cuSOLVER on a GPU.
#include "boundary.h"

using namespace ctorch;

ct_status ct_eigh(ct_tensor x, ct_tensor *values, ct_tensor *vectors, ct_message *message) {
  return guarded(message, [&] {
    auto [eigenvalues, eigenvectors] = at::linalg_eigh(x->value, "L");
    *values = hand_over(std::move(eigenvalues));
    *vectors = hand_over(std::move(eigenvectors));
  });
}

ct_status ct_eigvalsh(ct_tensor x, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return at::linalg_eigvalsh(x->value, "L"); });
}
