// Steps over whole parameter lists.
#include "boundary.h"

using namespace ctorch;

ct_status ct_adamw(const ct_tensor *parameters, const ct_tensor *gradients,
                   const ct_tensor *first_moments, const ct_tensor *second_moments,
                   const ct_tensor *steps, int32_t count, double learning_rate, double beta1,
                   double beta2, double weight_decay, double epsilon, ct_message *message) {
  return guarded(message, [&] {
    c10::NoGradGuard no_gradients;
    // The fused kernel expects the step that is being taken, so the counters go first.
    auto counters = list(steps, count);
    at::_foreach_add_(counters, 1);
    auto values = list(parameters, count);
    auto first = list(first_moments, count);
    auto second = list(second_moments, count);
    at::_fused_adamw_(values, list(gradients, count), first, second, /*max_exp_avg_sqs=*/{},
                      counters, learning_rate, beta1, beta2, weight_decay, epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
    // This one step does not count as a change by itself; whoever keeps something made of the weights
    // has to see that it is.
    for (const auto &value : values) value.unsafeGetTensorImpl()->bump_version();
  });
}

ct_status ct_global_norm(const ct_tensor *tensors, int32_t count, ct_tensor *out,
                         ct_message *message) {
  return produce(out, message, [&] {
    c10::NoGradGuard no_gradients;
    return at::linalg_vector_norm(at::stack(at::_foreach_norm(list(tensors, count), 2)), 2);
  });
}

ct_status ct_scale_all(const ct_tensor *tensors, int32_t count, ct_tensor factor,
                       ct_message *message) {
  return guarded(message, [&] {
    c10::NoGradGuard no_gradients;
    at::_foreach_mul_(list(tensors, count), factor->value);
  });
}

ct_status ct_add_all(const ct_tensor *targets, const ct_tensor *sources, int32_t count,
                     ct_message *message) {
  return guarded(message, [&] {
    c10::NoGradGuard no_gradients;
    at::_foreach_add_(list(targets, count), list(sources, count));
  });
}

ct_status ct_interpolate_all(const ct_tensor *targets, const ct_tensor *sources, int32_t count,
                             double weight, ct_message *message) {
  return guarded(message, [&] {
    c10::NoGradGuard no_gradients;
    at::_foreach_lerp_(list(targets, count), list(sources, count), weight);
  });
}
