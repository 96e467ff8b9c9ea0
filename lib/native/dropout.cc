// MckdDropout: y = x / (1 - rate) where uniform >= rate, else 0. Its gradient is the same of dy.
#include "op.h"
#include "workers.h"

namespace mckd {
namespace {

template <typename T>
void Drop(const T* __restrict__ x, const T* __restrict__ uniform, int64_t count, T rate, T scale,
                    T* __restrict__ y) {
  for (int64_t i = 0; i < count; i++) y[i] = x[i] * (uniform[i] >= rate ? scale : T(0));
}

template <typename T>
struct Dropout {
  double rate;
  explicit Dropout(Attributes& attributes) : rate(attributes.Constant("rate")) {}

  void operator()(Call& call) const {
    Shape shape;
    const T* x = call.Input<T>(0, &shape);
    const T* uniform = call.Values<T>(1, SizeOf(shape));
    T* y = call.Output<T>(0, shape);
    const T limit = static_cast<T>(rate), scale = static_cast<T>(1 / (1 - rate));
    ForPieces(SizeOf(shape),
              [&](int64_t at, int64_t count) { Drop<T>(x + at, uniform + at, count, limit, scale, y + at); });
  }
};

}  // namespace

void RegisterDropout() {
  RegisterOp<Dropout>("MckdDropout", {"x: T", "uniform: T"}, {"y: T"}, {"rate: float"});
}

}  // namespace mckd
