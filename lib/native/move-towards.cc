// MckdMoveTowards: from + (to - from) share, for several small tensors at once: running statistics.
#include "op.h"

namespace mckd {
namespace {

template <typename T>
struct MoveTowards {
  T share;
  explicit MoveTowards(Attributes& attributes) : share(attributes.Constant("share")) {}

  void operator()(Call& call) const {
    const int count = call.InputCount() / 2;
    for (int i = 0; i < count; i++) {
      Shape shape;
      const T* from = call.Input<T>(i, &shape);
      const T* to = call.Values<T>(count + i, SizeOf(shape));
      T* moved = call.Output<T>(i, shape);
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
