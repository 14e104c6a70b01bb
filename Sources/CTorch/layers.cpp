// The fused operations for networks.
#include "boundary.h"
#include "fused.h"

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
  return produce(out, message, [&] {
    return fused::takes_linear(x->value, weight->value)
               ? fused::linear(x->value, weight->value, optional(bias), /*gelu=*/false)
               : at::linear(x->value, weight->value, optional(bias));
  });
}

ct_status ct_linear_gelu(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor *out,
                         ct_message *message) {
  return produce(out, message, [&] {
    return fused::takes_linear(x->value, weight->value)
               ? fused::linear(x->value, weight->value, optional(bias), /*gelu=*/true)
               : at::gelu(at::linear(x->value, weight->value, optional(bias)), "tanh");
  });
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

ct_status ct_modulated_norm(ct_tensor x, ct_tensor gain, ct_tensor shift, ct_tensor scale,
                            double epsilon, int32_t is_rms, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    const auto &value = x->value;
    if (fused::takes_rows(value, {shift->value, scale->value}))
      return fused::modulated_norm(value, optional(gain), shift->value, scale->value, epsilon,
                                   is_rms != 0);
    const at::Tensor normal =
        is_rms ? at::rms_norm(value, {value.size(-1)}, optional(gain), epsilon)
               : at::layer_norm(value, {value.size(-1)}, optional(gain), {}, epsilon);
    return normal * (1 + scale->value) + shift->value;
  });
}

ct_status ct_swiglu(ct_tensor x, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    const auto &both = x->value;
    if (fused::takes(both) && both.scalar_type() == at::kBFloat16 && both.size(-1) % 2 == 0)
      return fused::swiglu(both);
    const auto parts = both.chunk(2, -1);
    return at::silu(parts[0]) * parts[1];
  });
}

ct_status ct_add_gated(ct_tensor x, ct_tensor gate, ct_tensor y, ct_tensor *out,
                       ct_message *message) {
  return produce(out, message, [&] {
    const bool is_fused = fused::takes_rows(x->value, {gate->value}) &&
                          y->value.scalar_type() == at::kBFloat16 &&
                          y->value.sizes() == x->value.sizes();
    return is_fused ? fused::add_gated(x->value, gate->value, y->value)
                    : x->value + gate->value * y->value;
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

int32_t ct_fuses_attention(ct_tensor projection, int64_t head_width) {
  return fused::takes_attention(projection->value, head_width);
}

ct_status ct_joint_attention(ct_tensor projection, int64_t heads, double scale, ct_tensor query_gain,
                             ct_tensor key_gain, double epsilon, ct_tensor cosines, ct_tensor sines,
                             ct_tensor first_values, ct_tensor share, ct_tensor *out,
                             ct_message *message) {
  return produce(out, message, [&] {
    TORCH_CHECK(fused::takes_attention(projection->value, projection->value.size(-1) / 3 / heads),
                "joint attention is an operation of the fused kernels");
    return fused::joint_attention(projection->value, heads, scale,
                                  {optional(query_gain), optional(key_gain), epsilon,
                                   optional(cosines), optional(sines), optional(first_values),
                                   optional(share)});
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
