// The fused operations of networks.
#include "boundary.h"

using namespace ctorch;

ct_status ct_matmul(ct_tensor a, ct_tensor b, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return at::matmul(a->value, b->value); });
}

ct_status ct_add_product(ct_tensor x, ct_tensor a, ct_tensor b, double x_scale,
                         double product_scale, ct_tensor *out, ct_message *message) {
  return produce(out, message,
                 [&] { return at::baddbmm(x->value, a->value, b->value, x_scale, product_scale); });
}

ct_status ct_linear(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor *out,
                    ct_message *message) {
  return produce(out, message,
                 [&] { return at::linear(x->value, weight->value, optional(bias)); });
}

ct_status ct_softmax(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return at::softmax(x->value, dim); });
}

ct_status ct_embedding(ct_tensor table, ct_tensor indices, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] { return at::embedding(table->value, indices->value); });
}

ct_status ct_layer_norm(ct_tensor x, ct_tensor weight, ct_tensor bias, double epsilon,
                        ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    return at::layer_norm(x->value, {x->value.size(-1)}, optional(weight), optional(bias), epsilon);
  });
}

ct_status ct_rms_norm(ct_tensor x, ct_tensor weight, double epsilon, ct_tensor *out,
                      ct_message *message) {
  return produce(out, message, [&] {
    return at::rms_norm(x->value, {x->value.size(-1)}, optional(weight), epsilon);
  });
}

ct_status ct_group_norm(ct_tensor x, int64_t groups, ct_tensor weight, ct_tensor bias,
                        double epsilon, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    return at::group_norm(x->value, groups, optional(weight), optional(bias), epsilon);
  });
}

ct_status ct_attention(ct_tensor q, ct_tensor k, ct_tensor v, double scale, ct_tensor *out,
                       ct_message *message) {
  return produce(out, message, [&] {
    return at::scaled_dot_product_attention(q->value, k->value, v->value, /*attn_mask=*/{},
                                            /*dropout_p=*/0.0, /*is_causal=*/false, scale);
  });
}

ct_status ct_conv2d(ct_tensor x, ct_tensor weight, ct_tensor bias, int64_t stride, int64_t padding,
                    ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    return at::conv2d(x->value, weight->value, optional(bias), {stride, stride},
                      {padding, padding});
  });
}

ct_status ct_upsample_nearest(ct_tensor x, int64_t factor, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    return at::upsample_nearest2d(x->value,
                                  {x->value.size(-2) * factor, x->value.size(-1) * factor});
  });
}
