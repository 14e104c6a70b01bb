#pragma once
// Fused kernels for CPUs, with a plain C interface. They do not depend on libtorch.
//
// - Matrix products take bfloat16 values and are summed in float32. Everything else is float32.
// - Each family has a scalar reference, against which every other version is tested.
// - A result depends only on the instruction set: each value is summed by one thread in a fixed
//   order, for any number of threads.

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The upper half of a float32.
typedef uint16_t ck_bfloat16;

// MARK: Instruction sets

/// The instruction sets that the kernels can use; each includes those before it.
typedef enum { CK_SCALAR, CK_AVX512_BF16, CK_AMX_BF16 } ck_isa;

/// The best instruction set of this CPU.
ck_isa ck_isa_available(void);
/// The instruction set in use: the best one, unless limited by ck_isa_limit.
ck_isa ck_isa_in_use(void);
/// Limits the kernels to `isa` from now on; for tests and comparisons.
void ck_isa_limit(ck_isa isa);

// MARK: Threads

/// A part of a loop: iterations from `begin` to `end`.
typedef void (*ck_body)(void *context, int64_t begin, int64_t end);
/// Runs `body` over all of `count` iterations, split into any number of parts.
typedef void (*ck_parallel_for)(int64_t count, ck_body body, void *context);
/// Makes loops run on the caller's threads; before this call they run on the thread that calls a
/// kernel.
void ck_set_parallel_for(ck_parallel_for loop);

// MARK: Products

/// The number of columns of a panel. A packed matrix is a sequence of panels; each has `inner / 2`
/// rows of 64 pairs, and a pair consists of two values from successive rows of the same column.
enum { CK_PANEL = 64 };

/// The number of values in a packed matrix, with its columns padded with zeros to whole panels.
int64_t ck_packed_count(int64_t inner, int64_t columns);

/// Packs a float32 matrix [inner, columns] with strides `row_stride` and `column_stride` (in
/// values), one of which is 1. `inner` must be even.
void ck_pack_float(const float *matrix, int64_t inner, int64_t columns, int64_t row_stride,
                   int64_t column_stride, ck_bfloat16 *packed);
/// Packs a bfloat16 matrix [rows, columns] in the same way, padded with rows of zeros to `inner`.
void ck_pack(const ck_bfloat16 *matrix, int64_t rows, int64_t inner, int64_t columns, int64_t row_stride,
             int64_t column_stride, ck_bfloat16 *packed);

/// The operations on a product before it is stored (its epilogue), in this order. Null members are
/// skipped.
typedef struct {
  /// [columns], added.
  const float *bias;
  /// [rows, columns]; receives a copy of the value at this stage.
  ck_bfloat16 *before;
  /// Whether GELU is applied, in its tanh form.
  bool gelu;
  /// [rows, columns]; exactly one of the two receives the result.
  float *result;
  ck_bfloat16 *narrow_result;
} ck_epilogue;

/// Multiplies `left` [rows, inner], with row stride `left_stride` (in values), by a packed matrix.
/// `inner` must be a multiple of 32.
void ck_multiply(const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *packed, int64_t rows,
                 int64_t inner, int64_t columns, const ck_epilogue *epilogue);

/// Writes the transpose [columns, rows] of `matrix` [rows, columns], with row stride `stride` (in
/// values).
void ck_transpose(const ck_bfloat16 *matrix, int64_t rows, int64_t columns, ck_bfloat16 *transposed,
                  int64_t stride);

// MARK: Attention

/// The strides of items, tokens and heads; the values of a head are contiguous.
typedef struct {
  int64_t item, token, head;
} ck_strides;

/// `batch` items of `tokens` tokens, `heads` heads of `width` values each.
typedef struct {
  int64_t batch, tokens, heads, width;
  /// The scale of the products of queries and keys; above 0.
  float scale;
  /// The strides of queries, keys and values, and also of their gradients.
  ck_strides query, key, value;
} ck_attention;

/// Computes attention; `width` must be a multiple of 32.
///
/// `result` is [batch, tokens, heads * width]; `log_sums` [batch, heads, tokens] is kept for the
/// gradient.
void ck_attention_forward(const ck_attention *shape, const ck_bfloat16 *queries, const ck_bfloat16 *keys,
                          const ck_bfloat16 *values, ck_bfloat16 *result, float *log_sums);

/// The gradients of queries, keys and values, with the same strides.
void ck_attention_backward(const ck_attention *shape, const ck_bfloat16 *queries, const ck_bfloat16 *keys,
                           const ck_bfloat16 *values, const ck_bfloat16 *result, const float *log_sums,
                           const ck_bfloat16 *result_gradient, ck_bfloat16 *query_gradient,
                           ck_bfloat16 *key_gradient, ck_bfloat16 *value_gradient);

// MARK: Operations before attention

/// The operations on the queries, keys and values of a joint projection [batch, tokens, 3, heads,
/// width] before attention. Null members are skipped.
typedef struct {
  int64_t batch, tokens, heads, width;
  /// [width]: queries and keys are divided by their root mean square and multiplied by these.
  const float *query_gain, *key_gain;
  float epsilon;
  /// [tokens, width], or [batch, tokens, width] if each item has its own table: pairs of
  /// neighbouring values are rotated.
  const float *cosines, *sines;
  bool is_table_of_item;
  /// Values to mix in: `share` of these and `1 - share` of the projection's values.
  const ck_bfloat16 *first_values;
  ck_strides first_strides;
  float share;
} ck_heads_before;

/// Writes the queries, keys and values for attention, in the projection's layout.
void ck_heads_forward(const ck_heads_before *before, const ck_bfloat16 *projection, ck_bfloat16 *prepared);

/// Gradients. `gradient` [batch, tokens, 3, heads, width] holds those with respect to attention's
/// inputs and is overwritten with those of the projection. The others are skipped if null: gains
/// [batch, width], first values [batch, tokens, heads, width], share [batch]. Those given per item
/// must be summed by the caller.
void ck_heads_backward(const ck_heads_before *before, const ck_bfloat16 *projection, ck_bfloat16 *gradient,
                       float *query_gain_gradient, float *key_gain_gradient,
                       ck_bfloat16 *first_gradient, float *share_gradient);

// MARK: Normalisation, gates, sums

/// Rows of `width` values; `tokens` successive rows share a modulation.
typedef struct {
  int64_t rows, width, tokens;
  float epsilon;
  /// Whether rows are only scaled to a mean square of 1, without centring.
  bool is_rms;
  /// gain [width]; shift and scale [rows / tokens, width], where the scale has 1 added. All may be
  /// null.
  const float *gain, *shift, *scale;
} ck_norm;

/// Normalises and modulates rows; stores each row's mean and inverse deviation.
void ck_norm_forward(const ck_norm *norm, const float *rows, ck_bfloat16 *result, float *means,
                     float *inverse_deviations);

/// Gradients. `row_gradient` is added to, the others are overwritten; null ones are skipped.
/// `gain_gradient` is [rows / tokens, width] and must be summed by the caller.
void ck_norm_backward(const ck_norm *norm, const float *rows, const float *means,
                      const float *inverse_deviations, const ck_bfloat16 *result_gradient,
                      float *row_gradient, float *gain_gradient, float *shift_gradient,
                      float *scale_gradient);

/// `rows + gate · values`; `tokens` successive rows share a gate [rows / tokens, width].
void ck_gate_forward(int64_t count, int64_t width, int64_t tokens, const float *rows, const float *gate,
                     const ck_bfloat16 *values, float *result);

/// The gradients of the gated values [rows, width] and of the gates.
void ck_gate_backward(int64_t count, int64_t width, int64_t tokens, const float *result_gradient,
                      const float *gate, const ck_bfloat16 *values, ck_bfloat16 *value_gradient,
                      float *gate_gradient);

/// GELU's gradient: `result_gradient` times the derivative at `values`.
void ck_gelu_backward(int64_t count, const ck_bfloat16 *values, const ck_bfloat16 *result_gradient,
                      ck_bfloat16 *gradient);

/// `silu(gate) · value` for rows that hold `hidden` gates and then `hidden` values.
void ck_swiglu_forward(int64_t rows, int64_t hidden, const ck_bfloat16 *both, ck_bfloat16 *result);

/// The gradients of gates and values, in the same layout.
void ck_swiglu_backward(int64_t rows, int64_t hidden, const ck_bfloat16 *both,
                        const ck_bfloat16 *result_gradient, ck_bfloat16 *gradient);

/// base + Σ weights·values for `rows` rows of `size` numbers, all float32, or all bfloat16 and added up in
/// float32. `weights` is `[rows, terms]`; values whose weight is 0 are not read. A null base counts as 0.
void ck_weighted_sum(int64_t rows, int64_t size, int64_t terms, const void *const *values,
                     const float *weights, const void *base, int32_t is_narrow, void *result);

/// The sums of columns.
void ck_column_sums(const ck_bfloat16 *matrix, int64_t rows, int64_t columns, float *sums);

// MARK: Optimizer

/// The factors of one AdamW step, common to all values.
typedef struct {
  /// `η / (1 − β₁ⁿ)` and `1 / √(1 − β₂ⁿ)`, where n includes this step.
  float rate, second_scale;
  /// `1 − β₁` and `1 − β₂`: the update rates of the moments.
  float first_rate, second_rate;
  /// `1 − η λ`: the factor of weight decay.
  float keep;
  float epsilon;
  /// The update rate of the average.
  float average_rate;
} ck_adamw;

/// The arrays that a step reads and changes; `average` may be null.
typedef struct {
  const float *gradient;
  float *value, *first, *second, *average;
} ck_adamw_state;

/// Applies the step to the values from `begin` to `end`, on this thread.
void ck_adamw_step(const ck_adamw *step, int64_t begin, int64_t end, const ck_adamw_state *state);

/// Packs rows `begin` to `end` of a weight [outputs, inputs] on this thread: as columns of
/// `forward` and as rows of `backward`, with the same result as ck_pack_float for the whole weight.
/// Either may be null. `begin`, and `end` unless it is the last row, must be multiples of a panel;
/// both sizes must be multiples of 32.
void ck_pack_rows(const float *weight, int64_t outputs, int64_t inputs, int64_t begin, int64_t end,
                  ck_bfloat16 *forward, ck_bfloat16 *backward);

// MARK: Probes

/// Multiplies values in registers on this thread and returns the number of operations; 0 if the
/// instruction set in use has no such instruction.
int64_t ck_probe_products(int64_t rounds);
/// Reads memory on this thread. The sum is only returned so that the compiler keeps the reads.
float ck_probe_memory(const float *values, int64_t count);

#ifdef __cplusplus
}
#endif
