// MckdAdam: one step of Adam for several parameters at once, all with the same step count.
//
//   g <- g + decay p,   m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2
//   p <- p - rate m / (sqrt(v) scale + epsilon)
//
// with rate = lr / (1 - b1^t) and scale = 1 / sqrt(1 - b2^t), computed by the caller.
// Inputs: N parameters, N gradients, N first and N second moments, and [rate, scale]: no attributes, since
// TensorFlow keeps a kernel per value of one. Outputs: N parameters, first, second moments.
#include <cmath>

#include "op.h"
#include "workers.h"

namespace mckd {
namespace {

template <typename T>
struct Settings {
  T beta1, beta2, rest1, rest2, epsilon, decay;
  explicit Settings(Attributes& attributes)
      : beta1(attributes.Constant("beta1")),
        beta2(attributes.Constant("beta2")),
        rest1(1 - attributes.Constant("beta1")),
        rest2(1 - attributes.Constant("beta2")),
        epsilon(attributes.Constant("epsilon")),
        decay(attributes.Float("weight_decay")) {}
};

template <typename T>
void AdamStep(const T* __restrict__ p, const T* __restrict__ g, const T* __restrict__ m,
                        const T* __restrict__ v, int64_t count, const Settings<T>& settings, T rate, T scale,
                        T* __restrict__ new_p, T* __restrict__ new_m, T* __restrict__ new_v) {
  const Settings<T> s = settings;
  for (int64_t i = 0; i < count; i++) {
    const T gradient = g[i] + s.decay * p[i];
    const T first = s.beta1 * m[i] + s.rest1 * gradient;
    const T second = s.beta2 * v[i] + s.rest2 * gradient * gradient;
    new_m[i] = first;
    new_v[i] = second;
    new_p[i] = p[i] - rate * first / (std::sqrt(second) * scale + s.epsilon);
  }
}

template <typename T>
struct Adam {
  Settings<T> settings;
  explicit Adam(Attributes& attributes) : settings(attributes) {}

  void operator()(Call& call) const {
    const int count = (call.InputCount() - 1) / 4;
    const T* of_step = call.Values<T>(4 * count, 2);
    const T rate = of_step[0], scale = of_step[1];
    for (int i = 0; i < count; i++) {
      Shape shape;
      const T* p = call.Input<T>(i, &shape);
      const int64_t size = SizeOf(shape);
      const T* g = call.Values<T>(count + i, size);
      const T* m = call.Values<T>(2 * count + i, size);
      const T* v = call.Values<T>(3 * count + i, size);
      T* new_p = call.Output<T>(i, shape);
      T* new_m = call.Output<T>(count + i, {size});
      T* new_v = call.Output<T>(2 * count + i, {size});
      ForPieces(size, [&](int64_t at, int64_t values) {
        AdamStep<T>(p + at, g + at, m + at, v + at, values, settings, rate, scale, new_p + at, new_m + at,
                    new_v + at);
      });
    }
  }
};

}  // namespace

void RegisterAdam() {
  RegisterOp<Adam>(
      "MckdAdam",
      {"parameters: N * T", "gradients: N * T", "first: N * T", "second: N * T", "rate_and_scale: T"},
      {"new_parameters: N * T", "new_first: N * T", "new_second: N * T"},
      {"N: int >= 1", "beta1: float", "beta2: float", "epsilon: float", "weight_decay: float"});
}

}  // namespace mckd
