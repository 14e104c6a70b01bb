// The selective scan of state-space models on the CPU, forward and backward:
//
//   h(t) = exp(Δ(t)·A) · h(t−1) + Δ(t)·x(t) · B(t),   y(t) = Σ C(t)·h(t) + D·x(t)
//
// for every row of the batch and every channel, with `states` numbers in h. Sixteen channels are
// computed together as a vector. A task is one row with a few such blocks, whatever the number of
// threads, and values that several tasks contribute to are summed in a fixed order, so the result
// does not depend on the threads.
#include "boundary.h"
#include "threads.h"

#include <cmath>
#include <cstring>
#include <torch/csrc/autograd/custom_function.h>

using namespace ctorch;

// The same code is compiled for several generations of CPUs; the loader picks the best.
#if defined(__x86_64__)
#define FOR_EVERY_PROCESSOR                                                                        \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EVERY_PROCESSOR
#endif
#define INLINE __attribute__((always_inline)) inline

namespace {

constexpr int64_t lane_count = 16;
constexpr int64_t blocks_of_task = 8;

template <class Number>
using Lanes __attribute__((ext_vector_type(lane_count))) = Number;
using Bits __attribute__((ext_vector_type(lane_count))) = uint32_t;

/// eˣ to float's precision, for x up to 88; below −86 it stays at e⁻⁸⁶.
INLINE void exponential(const Lanes<float> &exponent, Lanes<float> &result) {
  const Lanes<float> low = exponent < -86.0f ? Lanes<float>(-86.0f) : exponent;
  const Lanes<float> x = low > 88.0f ? Lanes<float>(88.0f) : low;
  // x = k·ln 2 + r with a whole number k. Adding 1.5·2²³ rounds to whole numbers and leaves k in the
  // low bits; ln 2 comes in two parts, the first exact in products with k.
  const Lanes<float> shifted = x * 1.44269504f + 12582912.0f;
  const Lanes<float> k = shifted - 12582912.0f;
  const Lanes<float> r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  // The Taylor polynomial of degree 7: its error for |r| ≤ ln 2 / 2 is below 6e-9.
  Lanes<float> sum = r * (1 / 5040.0f) + (1 / 720.0f);
  sum = sum * r + (1 / 120.0f);
  sum = sum * r + (1 / 24.0f);
  sum = sum * r + (1 / 6.0f);
  sum = sum * r + 0.5f;
  sum = sum * r + 1.0f;
  sum = sum * r + 1.0f;
  Bits bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  Lanes<float> power;
  std::memcpy(&power, &bits, sizeof power);
  result = sum * power;
}

INLINE void exponential(const Lanes<double> &exponent, Lanes<double> &result) {
  for (int64_t i = 0; i < lane_count; ++i) result[i] = std::exp(exponent[i]);
}

template <class Number> INLINE Number sum(const Lanes<Number> &x) {
  Number eight[8], four[4];
  for (int i = 0; i < 8; ++i) eight[i] = x[i] + x[i + 8];
  for (int i = 0; i < 4; ++i) four[i] = eight[i] + eight[i + 4];
  return (four[0] + four[2]) + (four[1] + four[3]);
}

template <class Number>
INLINE void load(const Number *from, int64_t count, Lanes<Number> &lanes) {
  if (count >= lane_count) {
    std::memcpy(&lanes, from, sizeof lanes);
  } else {
    lanes = 0;
    std::memcpy(&lanes, from, sizeof(Number) * count);
  }
}

template <class Number> INLINE void store(const Lanes<Number> &lanes, int64_t count, Number *to) {
  if (count >= lane_count)
    std::memcpy(to, &lanes, sizeof lanes);
  else
    std::memcpy(to, &lanes, sizeof(Number) * count);
}

struct Sizes {
  int64_t batch, tokens, channels, states;
  bool reversed;

  int64_t tasks_of_row() const {
    constexpr int64_t channels_of_task = lane_count * blocks_of_task;
    return (channels + channels_of_task - 1) / channels_of_task;
  }
  /// The index of the token read at a step of the scan.
  int64_t token(int64_t step) const { return reversed ? tokens - 1 - step : step; }
};

/// Memory in C order: x, Δ, y `[batch, tokens, channels]`; A `[channels, states]`; B, C `[batch, tokens,
/// states]`; D `[channels]`.
template <class Number> struct Operands {
  Sizes sizes;
  const Number *x, *delta, *a, *b, *c, *d;
};

/// Gradients. Those of B and C have shape `[batch, task of the row, tokens, states]`, those of A
/// `[batch, channels, states]` and of D `[batch, channels]`; these parts must still be summed.
template <class Number> struct Gradients {
  const Number *y;
  Number *x, *delta, *a, *b, *c, *d;
};

/// The rates A of a block's channels, one vector per state.
template <class Number>
INLINE void load_rates(const Operands<Number> &in, int64_t first, int64_t count,
                       Lanes<Number> *rates) {
  for (int64_t n = 0; n < in.sizes.states; ++n) {
    rates[n] = 0;
    for (int64_t i = 0; i < std::min(count, lane_count); ++i)
      rates[n][i] = in.a[(first + i) * in.sizes.states + n];
  }
}

/// Scans one row's channels from `first` on. If `kept` is given, stores for each step and state the
/// decay exp(ΔA) and the state h after the step.
template <class Number>
INLINE void scan_block(const Operands<Number> &in, int64_t row, int64_t first, Lanes<Number> *rates,
                       Lanes<Number> *state, Lanes<Number> *kept, Number *y) {
  const auto [batch, tokens, channels, states, reversed] = in.sizes;
  const int64_t count = channels - first;
  load_rates(in, first, count, rates);
  for (int64_t n = 0; n < states; ++n) state[n] = 0;
  Lanes<Number> skip;
  load(in.d + first, count, skip);
  for (int64_t step = 0; step < tokens; ++step) {
    const int64_t token = row * tokens + in.sizes.token(step);
    Lanes<Number> x, delta, decay;
    load(in.x + token * channels + first, count, x);
    load(in.delta + token * channels + first, count, delta);
    const Lanes<Number> input = delta * x;
    Lanes<Number> output = skip * x;
    for (int64_t n = 0; n < states; ++n) {
      exponential(delta * rates[n], decay);
      state[n] = decay * state[n] + input * in.b[token * states + n];
      output += state[n] * in.c[token * states + n];
      if (kept) {
        kept[(step * states + n) * 2] = decay;
        kept[(step * states + n) * 2 + 1] = state[n];
      }
    }
    if (y) store(output, count, y + token * channels + first);
  }
}

/// Runs backwards over what `scan_block` stored. `carried` and `rate_gradients` have one vector per
/// state.
template <class Number>
INLINE void unscan_block(const Operands<Number> &in, const Gradients<Number> &gradients,
                         int64_t row, int64_t task, int64_t first, const Lanes<Number> *rates,
                         const Lanes<Number> *kept, Lanes<Number> *carried,
                         Lanes<Number> *rate_gradients) {
  const auto [batch, tokens, channels, states, reversed] = in.sizes;
  const int64_t count = channels - first;
  for (int64_t n = 0; n < states; ++n) carried[n] = rate_gradients[n] = 0;
  Lanes<Number> skip, skip_gradient = 0;
  load(in.d + first, count, skip);
  for (int64_t step = tokens - 1; step >= 0; --step) {
    const int64_t token = row * tokens + in.sizes.token(step);
    const int64_t shared =
        ((row * in.sizes.tasks_of_row() + task) * tokens + in.sizes.token(step)) * states;
    Lanes<Number> x, delta, output;
    load(in.x + token * channels + first, count, x);
    load(in.delta + token * channels + first, count, delta);
    load(gradients.y + token * channels + first, count, output);
    const Lanes<Number> input = delta * x;
    Lanes<Number> input_gradient = 0, delta_gradient = 0;
    for (int64_t n = 0; n < states; ++n) {
      const Lanes<Number> *now = kept + (step * states + n) * 2;
      const Lanes<Number> inflow = carried[n] + output * in.c[token * states + n];
      gradients.c[shared + n] += sum<Number>(output * now[1]);
      gradients.b[shared + n] += sum<Number>(inflow * input);
      input_gradient += inflow * in.b[token * states + n];
      carried[n] = inflow * now[0];
      if (step > 0) {
        const Lanes<Number> exponent_gradient = carried[n] * now[1 - 2 * states];
        delta_gradient += exponent_gradient * rates[n];
        rate_gradients[n] += exponent_gradient * delta;
      }
    }
    skip_gradient += output * x;
    store<Number>(input_gradient * delta + output * skip, count,
                  gradients.x + token * channels + first);
    store<Number>(delta_gradient + input_gradient * x, count,
                  gradients.delta + token * channels + first);
  }
  store(skip_gradient, count, gradients.d + row * channels + first);
  for (int64_t i = 0; i < std::min(count, lane_count); ++i)
    for (int64_t n = 0; n < states; ++n)
      gradients.a[(row * channels + first + i) * states + n] = rate_gradients[n][i];
}

/// One task. `work` holds two vectors per state.
template <class Number>
INLINE void scan_task(const Operands<Number> &in, int64_t index, Lanes<Number> *work, Number *y) {
  const Sizes &sizes = in.sizes;
  const auto row = index / sizes.tasks_of_row(), task = index % sizes.tasks_of_row();
  for (int64_t block = 0; block < blocks_of_task; ++block) {
    const int64_t first = (task * blocks_of_task + block) * lane_count;
    if (first >= sizes.channels) return;
    scan_block<Number>(in, row, first, work, work + sizes.states, nullptr, y);
  }
}

/// The backward pass of one task. `work` holds three vectors per state, and two per state and
/// token.
template <class Number>
INLINE void unscan_task(const Operands<Number> &in, const Gradients<Number> &gradients,
                        int64_t index, Lanes<Number> *work) {
  const Sizes &sizes = in.sizes;
  const auto row = index / sizes.tasks_of_row(), task = index % sizes.tasks_of_row();
  Lanes<Number> *rates = work, *state = rates + sizes.states,
                *rate_gradients = state + sizes.states, *kept = rate_gradients + sizes.states;
  for (int64_t block = 0; block < blocks_of_task; ++block) {
    const int64_t first = (task * blocks_of_task + block) * lane_count;
    if (first >= sizes.channels) return;
    scan_block<Number>(in, row, first, rates, state, kept, nullptr);
    unscan_block<Number>(in, gradients, row, task, first, rates, kept, state, rate_gradients);
  }
}

FOR_EVERY_PROCESSOR void run_task(const Operands<float> &in, int64_t index, Lanes<float> *work,
                                  float *y) {
  scan_task(in, index, work, y);
}
FOR_EVERY_PROCESSOR void run_back(const Operands<float> &in, const Gradients<float> &gradients,
                                  int64_t index, Lanes<float> *work) {
  unscan_task(in, gradients, index, work);
}
void run_task(const Operands<double> &in, int64_t index, Lanes<double> *work, double *y) {
  scan_task(in, index, work, y);
}
void run_back(const Operands<double> &in, const Gradients<double> &gradients, int64_t index,
              Lanes<double> *work) {
  unscan_task(in, gradients, index, work);
}

/// Runs all tasks of a batch, each with an aligned work area of `vectors` vectors.
template <class Number, class Body>
void for_every_task(const Sizes &sizes, int64_t vectors, const Body &body) {
  for_every_part(sizes.batch * sizes.tasks_of_row(), [&](int64_t begin, int64_t end) {
    constexpr int64_t alignment = alignof(Lanes<Number>);
    const int64_t bytes = vectors * int64_t(sizeof(Lanes<Number>));
    const auto memory = at::empty({bytes + alignment}, at::kByte);
    const auto address = reinterpret_cast<uintptr_t>(memory.data_ptr());
    const auto work =
        reinterpret_cast<Lanes<Number> *>((address + alignment - 1) / alignment * alignment);
    for (int64_t i = begin; i < end; ++i) body(i, work);
  });
}

/// Sums the parts along one dimension, from first to last.
at::Tensor total(const at::Tensor &parts, int64_t dim) {
  at::Tensor result = parts.select(dim, 0).clone();
  for (int64_t i = 1; i < parts.size(dim); ++i) result += parts.select(dim, i);
  return result;
}

using Tensors = std::vector<at::Tensor>;

Sizes sizes_of(const Tensors &in, bool reversed) {
  return {in[0].size(0), in[0].size(1), in[0].size(2), in[2].size(1), reversed};
}

template <class Number> Operands<Number> operands(const Tensors &in, const Sizes &sizes) {
  const auto data = [&](int i) { return static_cast<const Number *>(in[i].const_data_ptr()); };
  return {sizes, data(0), data(1), data(2), data(3), data(4), data(5)};
}

template <class Number> void scan(const Tensors &in, const Sizes &sizes, at::Tensor &y) {
  const auto operands = ::operands<Number>(in, sizes);
  Number *output = static_cast<Number *>(y.mutable_data_ptr());
  for_every_task<Number>(sizes, 2 * sizes.states, [&](int64_t index, Lanes<Number> *work) {
    run_task(operands, index, work, output);
  });
}

template <class Number>
Tensors unscan(const Tensors &in, const Sizes &sizes, const at::Tensor &output) {
  const auto [batch, tokens, channels, states, reversed] = sizes;
  const auto options = in[0].options();
  const auto shared = {batch, sizes.tasks_of_row(), tokens, states};
  Tensors out = {at::empty_like(in[0]),
                 at::empty_like(in[1]),
                 at::empty({batch, channels, states}, options),
                 at::zeros(shared, options),
                 at::zeros(shared, options),
                 at::empty({batch, channels}, options)};
  const auto data = [&](int i) { return static_cast<Number *>(out[i].mutable_data_ptr()); };
  const Gradients<Number> gradients{
      static_cast<const Number *>(output.const_data_ptr()),
      data(0), data(1), data(2), data(3), data(4), data(5)};
  const auto operands = ::operands<Number>(in, sizes);
  const int64_t vectors = (3 + 2 * tokens) * states;
  for_every_task<Number>(sizes, vectors, [&](int64_t index, Lanes<Number> *work) {
    run_back(operands, gradients, index, work);
  });
  return {out[0], out[1], total(out[2], 0), total(out[3], 1), total(out[4], 1), total(out[5], 0)};
}

struct SelectiveScan : torch::autograd::Function<SelectiveScan> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &x,
                            const at::Tensor &delta, const at::Tensor &a, const at::Tensor &b,
                            const at::Tensor &c, const at::Tensor &d, bool reversed) {
    const Tensors in = {x.contiguous(), delta.contiguous(), a.contiguous(),
                        b.contiguous(), c.contiguous(),     d.contiguous()};
    const Sizes sizes = sizes_of(in, reversed);
    at::Tensor y = at::empty_like(in[0]);
    if (x.scalar_type() == at::kDouble)
      scan<double>(in, sizes, y);
    else
      scan<float>(in, sizes, y);
    context->save_for_backward(in);
    context->saved_data["reversed"] = reversed;
    return y;
  }

  static Tensors backward(torch::autograd::AutogradContext *context, Tensors outputs) {
    const Tensors in = context->get_saved_variables();
    const Sizes sizes = sizes_of(in, context->saved_data["reversed"].toBool());
    const at::Tensor output = outputs[0].contiguous();
    Tensors gradients = in[0].scalar_type() == at::kDouble ? unscan<double>(in, sizes, output)
                                                           : unscan<float>(in, sizes, output);
    gradients.emplace_back();
    return gradients;
  }
};

void check_shapes(const at::Tensor &x, const at::Tensor &delta, const at::Tensor &a,
                  const at::Tensor &b, const at::Tensor &c, const at::Tensor &d) {
  TORCH_CHECK(x.dim() == 3 && x.numel() > 0, "x must be [batch, tokens, channels] and not empty");
  TORCH_CHECK(delta.sizes() == x.sizes(), "the step sizes must have the shape of x");
  TORCH_CHECK(a.dim() == 2 && a.size(0) == x.size(2) && a.size(1) > 0,
              "the rates must be [channels, states]");
  const std::vector<int64_t> shared = {x.size(0), x.size(1), a.size(1)};
  TORCH_CHECK(b.sizes() == shared && c.sizes() == shared,
              "the input and output weights must be [batch, tokens, states]");
  TORCH_CHECK(d.dim() == 1 && d.size(0) == x.size(2), "the skip must be [channels]");
  for (const auto &tensor : {x, delta, a, b, c, d})
    TORCH_CHECK(tensor.is_cpu() && tensor.is_floating_point(),
                "the fused scan needs floating-point tensors on the processor");
}

} // namespace

ct_status ct_selective_scan(ct_tensor x, ct_tensor delta, ct_tensor a, ct_tensor b, ct_tensor c,
                            ct_tensor d, int32_t reversed, ct_tensor *out, ct_message *message) {
  return produce(out, message, [&] {
    check_shapes(x->value, delta->value, a->value, b->value, c->value, d->value);
    // With reduced precision the recurrence is still computed in float32.
    const auto type = x->value.scalar_type();
    const auto wide = [&](ct_tensor tensor) {
      return tensor->value.to(type == at::kDouble ? at::kDouble : at::kFloat);
    };
    return SelectiveScan::apply(wide(x), wide(delta), wide(a), wide(b), wide(c), wide(d),
                                reversed != 0)
        .to(type);
  });
}
