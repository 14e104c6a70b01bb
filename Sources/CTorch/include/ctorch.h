// A C interface to the parts of libtorch that Peregrine needs.
//
// - A `ct_tensor` is an opaque handle. Functions that write to an `out` parameter return an owned
//   handle; free it with `ct_free`. No function frees or keeps a handle passed to it.
// - Every function that can fail returns a status and fills the caller's `ct_message`. Nothing throws
//   across this boundary.
// - Shapes are arrays of int64. Dimensions may be negative; they then count from the end.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The version of this interface; the Swift side checks that it matches.
#define CT_INTERFACE_VERSION 1
int32_t ct_interface_version(void);

enum { CT_OK = 0, CT_INVALID = 1, CT_OUT_OF_MEMORY = 2, CT_UNSUPPORTED = 3, CT_FAILED = 4 };
typedef int32_t ct_status;

/// Filled with one line of text when a function fails.
typedef struct {
  char text[2048];
} ct_message;

typedef struct ct_tensor_s *ct_tensor;

enum { CT_FLOAT64, CT_FLOAT32, CT_BFLOAT16, CT_FLOAT16, CT_INT64, CT_UINT8, CT_BOOL };
enum { CT_CPU, CT_CUDA };
typedef struct {
  int32_t type;
  int32_t index;
} ct_device;

// handles.cpp: making, describing, copying and freeing tensors
void ct_free(ct_tensor tensor);
int64_t ct_live_handles(void);
/// The number of handles created minus those freed by the calling thread; independent of other
/// threads.
int64_t ct_handles_of_thread(void);
int32_t ct_dtype(ct_tensor tensor);
ct_device ct_device_of(ct_tensor tensor);
int32_t ct_rank(ct_tensor tensor);
void ct_shape(ct_tensor tensor, int64_t *sizes);
int32_t ct_is_same(ct_tensor first, ct_tensor second);
ct_status ct_from_host(const void *values, int32_t dtype, const int64_t *sizes, int32_t rank,
                       ct_device device, ct_tensor *out, ct_message *message);
ct_status ct_to_host(ct_tensor tensor, void *values, size_t bytes, ct_message *message);
ct_status ct_full(double value, int32_t dtype, const int64_t *sizes, int32_t rank, ct_device device,
                  ct_tensor *out, ct_message *message);
ct_status ct_arange(int64_t count, int32_t dtype, ct_device device, ct_tensor *out,
                    ct_message *message);
ct_status ct_to(ct_tensor tensor, int32_t dtype, ct_device device, ct_tensor *out,
                ct_message *message);
ct_status ct_clone(ct_tensor tensor, ct_tensor *out, ct_message *message);
ct_status ct_copy_into(ct_tensor target, ct_tensor source, ct_message *message);

// elementwise.cpp: arithmetic, comparison, reduction
enum {
  CT_NEGATE, CT_EXP, CT_LOG, CT_SQRT, CT_RSQRT, CT_SQUARE, CT_ABS, CT_SIN, CT_COS, CT_TANH,
  CT_SIGMOID, CT_SILU, CT_GELU, CT_GELU_TANH, CT_RELU, CT_IS_FINITE, CT_NOT,
  CT_SOFTPLUS
};
ct_status ct_unary(int32_t operation, ct_tensor x, ct_tensor *out, ct_message *message);
enum {
  CT_ADD, CT_SUBTRACT, CT_MULTIPLY, CT_DIVIDE, CT_POWER, CT_MAXIMUM, CT_MINIMUM, CT_EQUAL, CT_LESS,
  CT_LESS_EQUAL, CT_AND, CT_OR
};
ct_status ct_binary(int32_t operation, ct_tensor a, ct_tensor b, ct_tensor *out,
                    ct_message *message);
ct_status ct_binary_scalar(int32_t operation, ct_tensor a, double b, ct_tensor *out,
                           ct_message *message);
ct_status ct_where(ct_tensor condition, ct_tensor a, ct_tensor b, ct_tensor *out,
                   ct_message *message);
enum { CT_SUM, CT_MEAN, CT_AMAX, CT_AMIN, CT_VARIANCE, CT_ALL, CT_ARGMAX };
/// Reduces over `dims`, or over everything when `count` is 0.
ct_status ct_reduce(int32_t operation, ct_tensor x, const int64_t *dims, int32_t count,
                    int32_t keep_dims, ct_tensor *out, ct_message *message);

// shape.cpp: views, joins, indexing
ct_status ct_reshape(ct_tensor x, const int64_t *sizes, int32_t rank, ct_tensor *out,
                     ct_message *message);
ct_status ct_permute(ct_tensor x, const int64_t *order, int32_t rank, ct_tensor *out,
                     ct_message *message);
ct_status ct_expand(ct_tensor x, const int64_t *sizes, int32_t rank, ct_tensor *out,
                    ct_message *message);
ct_status ct_slice(ct_tensor x, int64_t dim, int64_t start, int64_t end, int64_t step,
                   ct_tensor *out, ct_message *message);
/// Views of consecutive parts of one dimension; `out` holds `count` handles.
ct_status ct_split(ct_tensor x, const int64_t *sizes, int32_t count, int64_t dim, ct_tensor *out,
                   ct_message *message);
ct_status ct_unsqueeze(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message);
ct_status ct_squeeze(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message);
ct_status ct_flip(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message);
ct_status ct_concatenate(const ct_tensor *tensors, int32_t count, int64_t dim, ct_tensor *out,
                         ct_message *message);
ct_status ct_index_select(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor *out,
                          ct_message *message);
ct_status ct_gather(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor *out,
                    ct_message *message);
/// A copy of `x` with `source` written at `indices` along `dim`.
ct_status ct_scatter(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor source, ct_tensor *out,
                     ct_message *message);
ct_status ct_argsort(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message);
/// The `count` smallest elements along `dim` in ascending order, and their indices.
ct_status ct_smallest(ct_tensor x, int64_t count, int64_t dim, ct_tensor *values,
                      ct_tensor *indices, ct_message *message);

// layers.cpp: the fused operations of networks; a null weight or bias leaves it out
ct_status ct_matmul(ct_tensor a, ct_tensor b, ct_tensor *out, ct_message *message);
/// x_scale·x + product_scale·(a·b) over batches of matrices `[batch, rows, columns]`.
ct_status ct_add_product(ct_tensor x, ct_tensor a, ct_tensor b, double x_scale,
                         double product_scale, ct_tensor *out, ct_message *message);
ct_status ct_linear(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor *out,
                    ct_message *message);
/// A linear layer followed by GELU in its tanh form.
ct_status ct_linear_gelu(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor *out,
                         ct_message *message);
ct_status ct_softmax(ct_tensor x, int64_t dim, ct_tensor *out, ct_message *message);
ct_status ct_embedding(ct_tensor table, ct_tensor indices, ct_tensor *out, ct_message *message);
/// Normalises over the last dimension.
ct_status ct_layer_norm(ct_tensor x, ct_tensor weight, ct_tensor bias, double epsilon,
                        ct_tensor *out, ct_message *message);
ct_status ct_rms_norm(ct_tensor x, ct_tensor weight, double epsilon, ct_tensor *out,
                      ct_message *message);
/// norm(x)·(1 + scale) + shift over the last dimension of `[batch, tokens, width]`, the others
/// `[batch, 1, width]`.
ct_status ct_modulated_norm(ct_tensor x, ct_tensor gain, ct_tensor shift, ct_tensor scale,
                            double epsilon, int32_t is_rms, ct_tensor *out, ct_message *message);
/// silu(gate)·value, where the last dimension holds first the gates and then the values.
ct_status ct_swiglu(ct_tensor x, ct_tensor *out, ct_message *message);
/// x + gate·y over `[batch, tokens, width]`, the gate `[batch, 1, width]`.
ct_status ct_add_gated(ct_tensor x, ct_tensor gate, ct_tensor y, ct_tensor *out,
                       ct_message *message);
/// base + Σ weights·terms, row by row of the first dimension, without gradient. The terms have one shape and
/// dtype; `weights` is `[rows, count]`. A null base counts as 0.
ct_status ct_weighted_sum(const ct_tensor *terms, int32_t count, const double *weights,
                          ct_tensor base, ct_tensor *out, ct_message *message);
ct_status ct_group_norm(ct_tensor x, int64_t groups, ct_tensor weight, ct_tensor bias,
                        double epsilon, ct_tensor *out, ct_message *message);
/// softmax(q·kᵀ·scale)·v over `[batch, heads, tokens, width]`.
ct_status ct_attention(ct_tensor q, ct_tensor k, ct_tensor v, double scale, ct_tensor *out,
                       ct_message *message);
/// Whether `ct_joint_attention` supports a projection with heads of that width.
int32_t ct_fuses_attention(ct_tensor projection, int64_t head_width);
/// Attention from a joint projection `[batch, tokens, 3·heads·head width]`: queries, then keys,
/// then values; the result is `[batch, tokens, heads·head width]`. The operations before attention
/// are skipped if null: root-mean-square norms of queries and keys, their rotations, and mixing in
/// the first block's values with a share.
ct_status ct_joint_attention(ct_tensor projection, int64_t heads, double scale, ct_tensor query_gain,
                             ct_tensor key_gain, double epsilon, ct_tensor cosines, ct_tensor sines,
                             ct_tensor first_values, ct_tensor share, ct_tensor *out,
                             ct_message *message);
ct_status ct_conv2d(ct_tensor x, ct_tensor weight, ct_tensor bias, int64_t stride, int64_t padding,
                    ct_tensor *out, ct_message *message);
ct_status ct_upsample_nearest(ct_tensor x, int64_t factor, ct_tensor *out, ct_message *message);

// vision.cpp: pictures and maps `[batch, channels, height, width]`
enum { CT_NO_ACTIVATION, CT_ACTIVATION_RELU, CT_RELU6 };
/// activation(x ∗ weight + bias + addend); stride and padding are (vertical, horizontal). A null
/// bias or addend is skipped.
ct_status ct_convolve(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor addend,
                      const int64_t *stride, const int64_t *padding, int64_t groups,
                      int32_t activation, ct_tensor *out, ct_message *message);
/// Pads the map with zeros; `sides` are left, right, top, bottom.
ct_status ct_pad(ct_tensor x, const int64_t *sides, ct_tensor *out, ct_message *message);
/// With `ceil`, the last window may extend beyond the padded map.
ct_status ct_max_pool(ct_tensor x, int64_t kernel, int64_t stride, int64_t padding, int32_t ceil,
                      ct_tensor *out, ct_message *message);
ct_status ct_average_pool(ct_tensor x, int64_t kernel, int64_t stride, int64_t padding,
                          int32_t count_padding, ct_tensor *out, ct_message *message);
enum { CT_BILINEAR, CT_BICUBIC };
/// Half-pixel centres. A scale above 0 replaces the ratio of the sizes in the grid's steps.
ct_status ct_resize(ct_tensor x, int32_t filter, int32_t antialias, int64_t height, int64_t width,
                    double vertical_scale, double horizontal_scale, ct_tensor *out,
                    ct_message *message);
/// The same map with the channels of each position adjacent in memory.
ct_status ct_channels_last(ct_tensor x, ct_tensor *out, ct_message *message);

// selective_scan.cpp: the recurrence of state-space models, on the processor
/// h(t) = exp(Δ(t)·A)·h(t−1) + Δ(t)·B(t)·x(t), y(t) = C(t)·h(t) + D·x(t), from the first token to the
/// last, or with `reversed` from the last to the first. x, delta and the result `[batch, tokens,
/// channels]`, a `[channels, states]`, b and c `[batch, tokens, states]`, d `[channels]`.
ct_status ct_selective_scan(ct_tensor x, ct_tensor delta, ct_tensor a, ct_tensor b, ct_tensor c,
                            ct_tensor d, int32_t reversed, ct_tensor *out, ct_message *message);

// linalg.cpp: symmetric matrices, of which only the lower triangle is read
/// Eigenvalues in ascending order, and the eigenvectors as columns.
ct_status ct_eigh(ct_tensor x, ct_tensor *values, ct_tensor *vectors, ct_message *message);
ct_status ct_eigvalsh(ct_tensor x, ct_tensor *out, ct_message *message);

// autograd.cpp: gradients and reduced-precision scopes (both are states of the calling thread)
int32_t ct_set_gradients_enabled(int32_t enabled);
ct_status ct_set_requires_gradient(ct_tensor tensor, int32_t required, ct_message *message);
int32_t ct_requires_gradient(ct_tensor tensor);
ct_status ct_detach(ct_tensor tensor, ct_tensor *out, ct_message *message);
/// Backward pass from a tensor of one element, or from any tensor with its gradient.
ct_status ct_backward(ct_tensor tensor, ct_tensor gradient, ct_message *message);
/// The accumulated gradient, or null when there is none.
ct_status ct_gradient(ct_tensor tensor, ct_tensor *out, ct_message *message);
/// Sets the accumulated gradient to `gradient` itself, not a copy.
ct_status ct_set_gradient(ct_tensor tensor, ct_tensor gradient, ct_message *message);
void ct_clear_gradient(ct_tensor tensor);
/// Computes matrix products and attention of `device_type` in `dtype` from now on; returns the
/// previous state, to be passed to `ct_autocast_end`.
ct_status ct_autocast_begin(int32_t device_type, int32_t dtype, int32_t *previous,
                            ct_message *message);
void ct_autocast_end(int32_t device_type, int32_t previous);

// optimizer.cpp: steps over whole parameter lists
/// One fused AdamW step in place. `steps` are float32 scalars that count the updates; `averages`,
/// unless null, then move toward the new values by `average_rate` of the distance.
ct_status ct_adamw(const ct_tensor *parameters, const ct_tensor *gradients,
                   const ct_tensor *first_moments, const ct_tensor *second_moments,
                   const ct_tensor *steps, const ct_tensor *averages, int32_t count,
                   double learning_rate, double beta1, double beta2, double weight_decay,
                   double epsilon, double average_rate, ct_message *message);
/// The Euclidean norm over all elements of all tensors, float32 or wider.
ct_status ct_global_norm(const ct_tensor *tensors, int32_t count, ct_tensor *out,
                         ct_message *message);
/// Multiplies every tensor by the same one-element tensor, in place.
ct_status ct_scale_all(const ct_tensor *tensors, int32_t count, ct_tensor factor,
                       ct_message *message);
/// target += source, in place.
ct_status ct_add_all(const ct_tensor *targets, const ct_tensor *sources, int32_t count,
                     ct_message *message);
/// target += weight · (source − target), in place.
ct_status ct_interpolate_all(const ct_tensor *targets, const ct_tensor *sources, int32_t count,
                             double weight, ct_message *message);

// fused.cpp: whether bfloat16 products on the processor go through the kernels of CKernels; on at first
/// The instructions that the kernels use on this CPU, such as `AMX`; null if it does not support
/// them.
const char *ct_fused_instructions(void);
int32_t ct_fused_kernels(void);
void ct_set_fused_kernels(int32_t on);

// probes.cpp: the most that this machine does in a second, on all threads
double ct_probe_products(double seconds);
double ct_probe_memory(double seconds);

// system.cpp: what this build and machine can do
const char *ct_libtorch_version(void);
const char *ct_cpu_capability(void);
int32_t ct_thread_count(void);
void ct_set_thread_count(int32_t count);
/// Kills this process when its parent ends.
void ct_end_with_parent(void);
/// Lets the allocator keep freed memory, so that the activations of the next step reuse it.
void ct_keep_freed_memory(void);
/// Loads libtorch's CUDA part when it is installed, then counts devices.
ct_status ct_cuda_device_count(int32_t *count, ct_message *message);
ct_status ct_synchronize(ct_device device, ct_message *message);

#ifdef __cplusplus
}
#endif
