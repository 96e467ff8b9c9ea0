// MckdMaxPool: maximum over 3x3x3 with stride 2 and padding 1, and where it was; and its gradient.
//
// Among equal values the first in the order D, H, W counts, as in PyTorch; a NaN counts as larger than any
// number. x [N, D, H, W, C] -> y [N, ceil(D/2), ceil(H/2), ceil(W/2), C] and, as uint8, the tap 0..26 that
// gave it.
#include <algorithm>
#include <cstring>

#include "op.h"
#include "registers.h"
#include "workers.h"

namespace mckd {
namespace {

/** A position in a window, and its tap. */
template <typename T>
struct Look {
  const T* from;
  int tap;
};

/** The largest of the positions, of `Value`: one channel, or several in one register. */
template <typename Value, typename T>
inline void LargestOfSome(const Look<T>* looks, int count, int64_t c, T* y, uint8_t* taps) {
  constexpr int kWidth = sizeof(Value) / sizeof(T);
  Value best, where{};
  std::memcpy(&best, looks[0].from + c, sizeof best);
  // Taps are kept in the type of the values, so that one comparison selects both.
  where += static_cast<T>(looks[0].tap);
  for (int look = 1; look < count; look++) {
    Value x, tap{};
    std::memcpy(&x, looks[look].from + c, sizeof x);
    tap += static_cast<T>(looks[look].tap);
    const auto larger = (x > best) | (x != x);
    best = larger ? x : best;
    where = larger ? tap : where;
  }
  T first[kWidth];
  std::memcpy(y + c, &best, sizeof best);
  std::memcpy(first, &where, sizeof where);
  for (int i = 0; i < kWidth; i++) taps[c + i] = static_cast<uint8_t>(first[i]);
}

/** Channels that are compared together. */
template <typename T>
constexpr int kSome = std::min<int>(8, kRegisterBytes / sizeof(T));

template <typename T>
struct Some {
  typedef T type __attribute__((vector_size(kSome<T> * sizeof(T))));
};

template <typename T>
void LargestOf(const Look<T>* looks, int count, int64_t channels, T* y, uint8_t* taps) {
  int64_t c = 0;
  for (; c + kSome<T> <= channels; c += kSome<T>) {
    LargestOfSome<typename Some<T>::type>(looks, count, c, y, taps);
  }
  for (; c < channels; c++) LargestOfSome<T>(looks, count, c, y, taps);
}

/** A window that contains a voxel, and the voxel's tap in it. */
template <typename T>
struct Window {
  const T* dy;
  const uint8_t* taps;
  int tap;
};

template <typename T>
void SumWhere(const Window<T>* windows, int count, int64_t channels, T* __restrict__ dx) {
  for (int64_t c = 0; c < channels; c++) dx[c] = 0;
  for (int i = 0; i < count; i++) {
    const T* __restrict__ dy = windows[i].dy;
    const uint8_t* __restrict__ taps = windows[i].taps;
    const int32_t tap = windows[i].tap;
    for (int64_t c = 0; c < channels; c++) dx[c] += static_cast<int32_t>(taps[c]) == tap ? dy[c] : T(0);
  }
}

int64_t Half(int64_t side) { return (side + 1) / 2; }

template <typename T>
struct MaxPool {
  explicit MaxPool(Attributes&) {}

  void operator()(Call& call) const {
    Shape shape;
    const T* x = call.Input<T>(0, &shape);
    if (shape.size() != 5) throw std::invalid_argument("x must have 5 axes");
    const int64_t d = shape[1], h = shape[2], w = shape[3], channels = shape[4];
    const Shape pooled = {shape[0], Half(d), Half(h), Half(w), channels};
    T* y = call.Output<T>(0, pooled);
    uint8_t* taps = call.Output<uint8_t>(1, pooled);
    Workers::Shared().For(pooled[0] * pooled[1], [&](int64_t plane) {
      const int64_t n = plane / pooled[1], i = plane % pooled[1];
      for (int64_t j = 0; j < pooled[2]; j++) {
        for (int64_t k = 0; k < pooled[3]; k++) {
          const int64_t at = ((plane * pooled[2] + j) * pooled[3] + k) * channels;
          Look<T> looks[27];
          int count = 0;
          for (int tap = 0; tap < 27; tap++) {
            const int64_t z = 2 * i - 1 + tap / 9, r = 2 * j - 1 + tap / 3 % 3, s = 2 * k - 1 + tap % 3;
            if (z < 0 || z >= d || r < 0 || r >= h || s < 0 || s >= w) continue;
            looks[count++] = {x + (((n * d + z) * h + r) * w + s) * channels, tap};
          }
          LargestOf<T>(looks, count, channels, y + at, taps + at);
        }
      }
    });
  }
};

/** Inputs dy and the taps; attribute `shape`, that of x. Each voxel of x gathers from the windows that it is
 * in. */
template <typename T>
struct MaxPoolGrad {
  Shape shape;
  explicit MaxPoolGrad(Attributes& attributes) : shape(attributes.Ints("shape")) {}

  void operator()(Call& call) const {
    if (shape.size() != 5) throw std::invalid_argument("shape must have 5 axes");
    const int64_t d = shape[1], h = shape[2], w = shape[3], channels = shape[4];
    const Shape pooled = {shape[0], Half(d), Half(h), Half(w), channels};
    const T* dy = call.Values<T>(0, SizeOf(pooled));
    const uint8_t* taps = call.Values<uint8_t>(1, SizeOf(pooled));
    T* dx = call.Output<T>(0, shape);
    Workers::Shared().For(shape[0] * d, [&](int64_t plane) {
      const int64_t n = plane / d, z = plane % d;
      for (int64_t r = 0; r < h; r++) {
        for (int64_t s = 0; s < w; s++) {
          Window<T> windows[8];
          int count = 0;
          // Place z is tap z - (2 i - 1) of the windows i = z / 2 and, where z is odd, also of the next one.
          for (int64_t i = z / 2; i <= (z + 1) / 2 && i < pooled[1]; i++) {
            for (int64_t j = r / 2; j <= (r + 1) / 2 && j < pooled[2]; j++) {
              for (int64_t k = s / 2; k <= (s + 1) / 2 && k < pooled[3]; k++) {
                const int64_t at = (((n * pooled[1] + i) * pooled[2] + j) * pooled[3] + k) * channels;
                const int64_t tap = ((z - 2 * i + 1) * 3 + (r - 2 * j + 1)) * 3 + (s - 2 * k + 1);
                windows[count++] = {dy + at, taps + at, static_cast<int>(tap)};
              }
            }
          }
          SumWhere<T>(windows, count, channels, dx + ((plane * h + r) * w + s) * channels);
        }
      }
    });
  }
};

}  // namespace

void RegisterMaxPool() {
  RegisterOp<MaxPool>("MckdMaxPool", {"x: T"}, {"y: T", "taps: uint8"}, {});
  RegisterOp<MaxPoolGrad>("MckdMaxPoolGrad", {"dy: T", "taps: uint8"}, {"dx: T"}, {"shape: list(int)"});
}

}  // namespace mckd
