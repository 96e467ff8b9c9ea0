// MckdSgd: one step of SGD with momentum for several parameters at once.
//
//   g <- g + decay p,   v <- mu v + g,   p <- p - lr (g + mu v) with Nesterov, p - lr v without
//
// Inputs: N parameters, N gradients, N velocities, and lr, a scalar: TensorFlow keeps a kernel for each value
// of an attribute that it has seen, for ever, and lr changes from step to step.
// Outputs: N parameters, N velocities.
#include "op.h"
#include "workers.h"

namespace mckd {
namespace {

template <typename T>
void Step(const T* __restrict__ p, const T* __restrict__ g, const T* __restrict__ v, int64_t count,
                    T rate, T momentum, T decay, bool nesterov, T* __restrict__ new_p,
                    T* __restrict__ new_v) {
  for (int64_t i = 0; i < count; i++) {
    const T gradient = g[i] + decay * p[i];
    const T velocity = momentum * v[i] + gradient;
    new_v[i] = velocity;
    new_p[i] = p[i] - rate * (nesterov ? gradient + momentum * velocity : velocity);
  }
}

template <typename T>
struct Sgd {
  T momentum, decay;
  bool nesterov;
  explicit Sgd(Attributes& attributes)
      : momentum(attributes.Float("momentum")),
        decay(attributes.Float("weight_decay")),
        nesterov(attributes.Bool("nesterov")) {}

  void operator()(Call& call) const {
    const int count = (call.InputCount() - 1) / 3;
    const T rate = *call.Values<T>(3 * count, 1);
    for (int i = 0; i < count; i++) {
      Shape shape;
      const T* p = call.Input<T>(i, &shape);
      const int64_t size = SizeOf(shape);
      const T* g = call.Values<T>(count + i, size);
      const T* v = call.Values<T>(2 * count + i, size);
      T* new_p = call.Output<T>(i, shape);
      T* new_v = call.Output<T>(count + i, shape);
      ForPieces(size, [&](int64_t at, int64_t values) {
        Step<T>(p + at, g + at, v + at, values, rate, momentum, decay, nesterov, new_p + at, new_v + at);
      });
    }
  }
};

}  // namespace

void RegisterSgd() {
  RegisterOp<Sgd>("MckdSgd",
                  {"parameters: N * T", "gradients: N * T", "velocities: N * T", "learning_rate: T"},
                  {"new_parameters: N * T", "new_velocities: N * T"},
                  {"N: int >= 1", "momentum: float", "weight_decay: float", "nesterov: bool"});
}

}  // namespace mckd
