// MckdAbsoluteSums: sum |x| of each of several tensors, in one pass: finite where all of a tensor is.
#include <cmath>

#include "op.h"
#include "registers.h"
#include "workers.h"

namespace mckd {
namespace {

/** Numbers that are added side by side, so that the loop vectorises without another order of sums. */
constexpr int kSideBySide = 4 * kRegisterBytes / sizeof(float);

template <typename T>
T AbsoluteSum(const T* x, int64_t count) {
  T sums[kSideBySide] = {};
  int64_t i = 0;
  for (; i + kSideBySide <= count; i += kSideBySide) {
    for (int lane = 0; lane < kSideBySide; lane++) sums[lane] += std::fabs(x[i + lane]);
  }
  T sum = 0;
  for (int lane = 0; lane < kSideBySide; lane++) sum += sums[lane];
  for (; i < count; i++) sum += std::fabs(x[i]);
  return sum;
}

template <typename T>
struct AbsoluteSums {
  explicit AbsoluteSums(Attributes&) {}

  void operator()(Call& call) const {
    struct Piece {
      const T* x;
      int64_t count;
      int tensor;
      T sum;
    };
    const int count = call.InputCount();
    std::vector<Piece> pieces;
    for (int i = 0; i < count; i++) {
      Shape shape;
      const T* x = call.Input<T>(i, &shape);
      const int64_t size = SizeOf(shape);
      for (int64_t from = 0; from < size; from += kPartSize) {
        pieces.push_back({x + from, std::min(kPartSize, size - from), i, T(0)});
      }
    }
    // Small tensors are many: some at a time, so that a thread is woken for enough of them.
    constexpr int64_t kAtATime = 32;
    const int64_t all = static_cast<int64_t>(pieces.size());
    Workers::Shared().For((all + kAtATime - 1) / kAtATime, [&](int64_t part) {
      for (int64_t i = part * kAtATime; i < std::min(all, (part + 1) * kAtATime); i++) {
        pieces[i].sum = AbsoluteSum(pieces[i].x, pieces[i].count);
      }
    });
    T* sums = call.Output<T>(0, {count});
    std::fill(sums, sums + count, T(0));
    for (const Piece& piece : pieces) sums[piece.tensor] += piece.sum;
  }
};

}  // namespace

void RegisterAbsoluteSums() {
  RegisterOp<AbsoluteSums>("MckdAbsoluteSums", {"tensors: N * T"}, {"sums: T"}, {"N: int >= 1"});
}

}  // namespace mckd
