// MckdDropout: y = x / (1 - rate) where uniform >= rate, else 0. Its gradient is the same for dy.
#include "op.h"
#include "workers.h"

namespace mckd {
namespace {

void Drop(const float* __restrict__ x, const float* __restrict__ uniform, int64_t count, float rate, float scale,
          float* __restrict__ y) {
  for (int64_t i = 0; i < count; i++) y[i] = x[i] * (uniform[i] >= rate ? scale : 0.0f);
}

struct Dropout {
  double rate;
  explicit Dropout(Attributes& attributes) : rate(attributes.Constant("rate")) {}

  void operator()(Call& call) const {
    Shape shape;
    const float* x = call.Input<float>(0, &shape);
    const float* uniform = call.Values<float>(1, SizeOf(shape));
    float* y = call.Output<float>(0, shape);
    const float limit = static_cast<float>(rate), scale = static_cast<float>(1 / (1 - rate));
    ForPieces(SizeOf(shape),
              [&](int64_t at, int64_t count) { Drop(x + at, uniform + at, count, limit, scale, y + at); });
  }
};

}  // namespace

void RegisterDropout() {
  RegisterOp<Dropout>("MckdDropout", {"x: T", "uniform: T"}, {"y: T"}, {"rate: float"});
}

}  // namespace mckd
