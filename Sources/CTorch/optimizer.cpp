// Operations on whole parameter lists.
#include "boundary.h"
#include "fused_adamw.h"

using namespace ctorch;

ct_status ct_adamw(const ct_tensor *parameters, const ct_tensor *gradients,
                   const ct_tensor *first_moments, const ct_tensor *second_moments,
                   const ct_tensor *steps, const ct_tensor *averages, int32_t count,
                   double learning_rate, double beta1, double beta2, double weight_decay,
                   double epsilon, double average_rate, ct_message *message) {
  return guarded(message, [&] {
    c10::NoGradGuard no_gradients;
    fused::AdamWLists lists{list(parameters, count),     list(gradients, count),
                            list(first_moments, count),  list(second_moments, count),
                            list(steps, count),          list(averages, averages ? count : 0)};
    // Count first: the step count includes the current step.
    at::_foreach_add_(lists.steps, 1);
    if (fused::takes(lists)) {
      return fused::adamw(lists, {learning_rate, beta1, beta2, weight_decay, epsilon, average_rate});
    }
    at::_fused_adamw_(lists.values, lists.gradients, lists.first, lists.second,
                      /*max_exp_avg_sqs=*/{}, lists.steps, learning_rate, beta1, beta2, weight_decay,
                      epsilon, /*amsgrad=*/false, /*maximize=*/false);
    // This fused step does not bump the version counter by itself, but code that caches values
    // derived from the weights must notice the change.
    for (const auto &value : lists.values) value.unsafeGetTensorImpl()->bump_version();
    if (!lists.averages.empty()) at::_foreach_lerp_(lists.averages, lists.values, average_rate);
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
