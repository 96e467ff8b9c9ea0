// MckdMoveTowards: from + (to - from) share, for several small tensors at once: running statistics.
#include "op.h"

namespace mckd {
namespace {

struct MoveTowards {
  float share;
  explicit MoveTowards(Attributes& attributes) : share(attributes.Constant("share")) {}

  void operator()(Call& call) const {
    const int count = call.InputCount() / 2;
    for (int i = 0; i < count; i++) {
      Shape shape;
      const float* from = call.Input<float>(i, &shape);
      const float* to = call.Values<float>(count + i, SizeOf(shape));
      float* moved = call.Output<float>(i, shape);
      for (int64_t k = 0; k < SizeOf(shape); k++) moved[k] = from[k] + (to[k] - from[k]) * share;
    }
  }
};

}  // namespace

void RegisterMoveTowards() {
  RegisterOp<MoveTowards>("MckdMoveTowards", {"from: N * T", "to: N * T"}, {"moved: N * T"},
                          {"N: int >= 1", "share: float"});
}

}  // namespace mckd
