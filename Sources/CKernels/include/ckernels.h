#pragma once
// Fused kernels for processors, behind a plain C interface. Knows nothing of libtorch.
//
// - Products are taken of bfloat16 values and summed in float32. Everything else is float32.
// - Each family has a scalar reference, which every other version is tested against.
// - A result depends on the instruction set and on nothing else: each value is summed by one thread in
//   a fixed order, however many threads there are.

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The upper half of a float32.
typedef uint16_t ck_bfloat16;

// MARK: Instruction sets

/// What the kernels may use, each with everything before it.
typedef enum { CK_SCALAR, CK_AVX512_BF16, CK_AMX_BF16 } ck_isa;

/// The best one of this processor.
ck_isa ck_isa_available(void);
/// The one in use: the best one, unless ck_isa_limit said otherwise.
ck_isa ck_isa_in_use(void);
/// Uses nothing beyond `isa` from now on; for tests and comparisons.
void ck_isa_limit(ck_isa isa);

// MARK: Threads

/// A part of a loop: iterations from `begin` to `end`.
typedef void (*ck_body)(void *context, int64_t begin, int64_t end);
/// Runs `body` over all of `count` iterations, in as many parts as it likes.
typedef void (*ck_parallel_for)(int64_t count, ck_body body, void *context);
/// Lets loops run on the caller's threads; until then they run on the thread that calls a kernel.
void ck_set_parallel_for(ck_parallel_for loop);

// MARK: Products

/// The columns of a panel. A packed matrix is a row of panels; in each, `inner / 2` rows of 64 pairs of
/// values that lie below each other.
enum { CK_PANEL = 64 };

/// The values of a packed matrix: the columns are filled up with zeros to whole panels.
int64_t ck_packed_count(int64_t inner, int64_t columns);

/// Packs a matrix [inner, columns] of float32 whose neighbouring rows lie `row_stride` values apart and
/// whose neighbouring columns `column_stride`; one of the two is 1. `inner` must be even.
void ck_pack_float(const float *matrix, int64_t inner, int64_t columns, int64_t row_stride,
                   int64_t column_stride, ck_bfloat16 *packed);
/// Packs a matrix [rows, columns] of bfloat16 the same way, filled up with rows of zeros to `inner`.
void ck_pack(const ck_bfloat16 *matrix, int64_t rows, int64_t inner, int64_t columns, int64_t row_stride,
             int64_t column_stride, ck_bfloat16 *packed);

/// What is done to a product before it is stored, in this order. Everything that is null is left out.
typedef struct {
  /// [columns], added.
  const float *bias;
  /// [rows, columns], stored here as it is now.
  ck_bfloat16 *before;
  /// Whether GELU is applied, in its tanh form.
  bool gelu;
  /// [rows, columns], one of the two.
  float *result;
  ck_bfloat16 *narrow_result;
} ck_epilogue;

/// Multiplies `left` [rows, inner], whose rows lie `left_stride` values apart, by a packed matrix.
/// `inner` must be a multiple of 32.
void ck_multiply(const ck_bfloat16 *left, int64_t left_stride, const ck_bfloat16 *packed, int64_t rows,
                 int64_t inner, int64_t columns, const ck_epilogue *epilogue);

/// Writes the transpose [columns, rows] of `matrix` [rows, columns]. Rows of the transpose lie
/// `stride` values apart.
void ck_transpose(const ck_bfloat16 *matrix, int64_t rows, int64_t columns, ck_bfloat16 *transposed,
                  int64_t stride);

// MARK: Attention

/// How far apart the values of items, tokens and heads lie; a head's own lie side by side.
typedef struct {
  int64_t item, token, head;
} ck_strides;

/// `batch` items of `tokens` tokens, `heads` heads of `width` values each.
typedef struct {
  int64_t batch, tokens, heads, width;
  /// What products of queries and keys are multiplied by; above 0.
  float scale;
  /// Of queries, keys and values, and of their gradients alike.
  ck_strides query, key, value;
} ck_attention;

/// Attends; `width` must be a multiple of 32.
///
/// `result` is [batch, tokens, heads * width]; `log_sums` [batch, heads, tokens] is what the gradient needs.
void ck_attention_forward(const ck_attention *shape, const ck_bfloat16 *queries, const ck_bfloat16 *keys,
                          const ck_bfloat16 *values, ck_bfloat16 *result, float *log_sums);

/// The gradients of queries, keys and values, which lie as these do.
void ck_attention_backward(const ck_attention *shape, const ck_bfloat16 *queries, const ck_bfloat16 *keys,
                           const ck_bfloat16 *values, const ck_bfloat16 *result, const float *log_sums,
                           const ck_bfloat16 *result_gradient, ck_bfloat16 *query_gradient,
                           ck_bfloat16 *key_gradient, ck_bfloat16 *value_gradient);

// MARK: What comes before attention

/// What is done to the queries and keys of a joint projection [batch, tokens, 3, heads, width], and to its
/// values. Everything that is null is left out.
typedef struct {
  int64_t batch, tokens, heads, width;
  /// [width]: queries and keys are divided by their root mean square and multiplied by these.
  const float *query_gain, *key_gain;
  float epsilon;
  /// [tokens, width], or [batch, tokens, width] where items have tables of their own: pairs of
  /// neighbouring values are turned.
  const float *cosines, *sines;
  bool is_table_of_item;
  /// Mixed into the values: `share` of these, the rest of the projection's.
  const ck_bfloat16 *first_values;
  ck_strides first_strides;
  float share;
} ck_heads_before;

/// Queries, keys and values as attention is to see them, where those of the projection lie.
void ck_heads_forward(const ck_heads_before *before, const ck_bfloat16 *projection, ck_bfloat16 *prepared);

/// Gradients. `gradient` [batch, tokens, 3, heads, width] holds those of what attention saw, and then those
/// of the projection. The others, null where left out: of gains [batch, width], of first values
/// [batch, tokens, heads, width], of the share [batch]; those of items are to be summed.
void ck_heads_backward(const ck_heads_before *before, const ck_bfloat16 *projection, ck_bfloat16 *gradient,
                       float *query_gain_gradient, float *key_gain_gradient,
                       ck_bfloat16 *first_gradient, float *share_gradient);

// MARK: Normalisation, gates, sums

/// Rows of `width` values, `tokens` of them in turn sharing a modulation.
typedef struct {
  int64_t rows, width, tokens;
  float epsilon;
  /// Whether rows are only scaled to a mean square of 1, and not centred.
  bool is_rms;
  /// [width], multiplied; [rows / tokens, width], added to and multiplied by one more. All may be null.
  const float *gain, *shift, *scale;
} ck_norm;

/// Normalises rows and modulates them; keeps each row's mean and inverse deviation.
void ck_norm_forward(const ck_norm *norm, const float *rows, ck_bfloat16 *result, float *means,
                     float *inverse_deviations);

/// Gradients; `row_gradient` is added to, the others are overwritten, and null ones are left out.
/// `gain_gradient` is [rows / tokens, width], to be summed.
void ck_norm_backward(const ck_norm *norm, const float *rows, const float *means,
                      const float *inverse_deviations, const ck_bfloat16 *result_gradient,
                      float *row_gradient, float *gain_gradient, float *shift_gradient,
                      float *scale_gradient);

/// `rows + gate · values`, `tokens` rows in turn sharing a gate [rows / tokens, width].
void ck_gate_forward(int64_t count, int64_t width, int64_t tokens, const float *rows, const float *gate,
                     const ck_bfloat16 *values, float *result);

/// Gradients of the gated values [rows, width] and of the gates.
void ck_gate_backward(int64_t count, int64_t width, int64_t tokens, const float *result_gradient,
                      const float *gate, const ck_bfloat16 *values, ck_bfloat16 *value_gradient,
                      float *gate_gradient);

/// GELU's gradient: `result_gradient` times the slope at `values`.
void ck_gelu_backward(int64_t count, const ck_bfloat16 *values, const ck_bfloat16 *result_gradient,
                      ck_bfloat16 *gradient);

/// `silu(gate) · value` of rows that hold `hidden` gates and then `hidden` values.
void ck_swiglu_forward(int64_t rows, int64_t hidden, const ck_bfloat16 *both, ck_bfloat16 *result);

/// The gradients of gates and values, which lie as these do.
void ck_swiglu_backward(int64_t rows, int64_t hidden, const ck_bfloat16 *both,
                        const ck_bfloat16 *result_gradient, ck_bfloat16 *gradient);

/// The sums of columns.
void ck_column_sums(const ck_bfloat16 *matrix, int64_t rows, int64_t columns, float *sums);

// MARK: Optimizer

/// One step of AdamW, as numbers that all values share.
typedef struct {
  /// `η / (1 − β₁ⁿ)` and `1 / √(1 − β₂ⁿ)`, n counting this step.
  float rate, second_scale;
  /// `1 − β₁` and `1 − β₂`: how fast the moments follow.
  float first_rate, second_rate;
  /// `1 − η λ`: what weight decay leaves.
  float keep;
  float epsilon;
  /// How fast the average follows.
  float average_rate;
} ck_adamw;

/// What a step reads and changes; `average` may be null.
typedef struct {
  const float *gradient;
  float *value, *first, *second, *average;
} ck_adamw_state;

/// Takes the step for the values from `begin` to `end`, on this thread.
void ck_adamw_step(const ck_adamw *step, int64_t begin, int64_t end, const ck_adamw_state *state);

/// Packs rows `begin` to `end` of a weight [outputs, inputs] on this thread: as columns of `forward` and as
/// rows of `backward`, what ck_pack_float makes of it whole. Either may be null. All but the last rows come
/// in multiples of a panel; both sizes are multiples of 32.
void ck_pack_rows(const float *weight, int64_t outputs, int64_t inputs, int64_t begin, int64_t end,
                  ck_bfloat16 *forward, ck_bfloat16 *backward);

// MARK: Probes

/// Multiplies from registers on this thread, and answers how many operations that were: 0 where the
/// instruction set in use has none for it.
int64_t ck_probe_products(int64_t rounds);
/// Reads memory on this thread; the sum is only there so that nothing is left out.
float ck_probe_memory(const float *values, int64_t count);

#ifdef __cplusplus
}
#endif
