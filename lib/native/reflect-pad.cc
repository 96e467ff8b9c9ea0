// MckdReflectPad: x mirrored at the ends of D, H and W, which are not repeated; and its gradient.
//
// x [N, D, H, W, C] -> y [N, D + 2 p, H + 2 p, W + 2 p, C]; p is less than each side. The gradient adds in the order of
// TensorFlow's: of each axis the value itself, its image before the map, its image behind it; D inside H inside W.
#include <algorithm>

#include "op.h"
#include "workers.h"

namespace mckd {
namespace {

/** One axis: `side` places, and `pad` more at each end. */
struct Axis {
  int64_t side, pad;

  int64_t Padded() const { return side + 2 * pad; }

  /** The place that a padded one shows. */
  int64_t Shown(int64_t padded) const {
    const int64_t at = padded < pad ? pad - padded : padded - pad;
    return at < side ? at : 2 * (side - 1) - at;
  }

  /** The padded places that show a place: 1 to 3. */
  int Showing(int64_t at, int64_t* padded) const {
    int count = 0;
    padded[count++] = at + pad;
    if (at >= 1 && at <= pad) padded[count++] = pad - at;
    if (at >= side - 1 - pad && at <= side - 2) padded[count++] = pad + 2 * (side - 1) - at;
    return count;
  }
};

struct Sizes {
  int64_t samples, channels;
  Axis d, h, w;

  Sizes(const Shape& shape, const Shape& pad) {
    if (shape.size() != 5) throw std::invalid_argument("x must have 5 axes");
    if (pad.size() != 1) throw std::invalid_argument("pad must be one number");
    samples = shape[0], channels = shape[4];
    d = {shape[1], pad[0]}, h = {shape[2], pad[0]}, w = {shape[3], pad[0]};
    for (const Axis& axis : {d, h, w}) {
      if (axis.pad < 0 || axis.pad >= axis.side) throw std::invalid_argument("pad must be less than each side");
    }
  }

  Shape Whole() const { return {samples, d.side, h.side, w.side, channels}; }
  Shape Padded() const { return {samples, d.Padded(), h.Padded(), w.Padded(), channels}; }
};

template <typename T>
struct ReflectPad {
  Shape pad;
  explicit ReflectPad(Attributes& attributes) : pad(attributes.Ints("pad")) {}

  void operator()(Call& call) const {
    Shape shape;
    const T* x = call.Input<T>(0, &shape);
    const Sizes s(shape, pad);
    T* y = call.Output<T>(0, s.Padded());
    const int64_t channels = s.channels, row = s.w.side * channels, padded_row = s.w.Padded() * channels;
    Workers::Shared().For(s.samples * s.d.Padded(), [&](int64_t plane) {
      const int64_t n = plane / s.d.Padded(), z = s.d.Shown(plane % s.d.Padded());
      for (int64_t j = 0; j < s.h.Padded(); j++) {
        const T* from = x + ((n * s.d.side + z) * s.h.side + s.h.Shown(j)) * row;
        T* to = y + (plane * s.h.Padded() + j) * padded_row;
        std::copy_n(from, row, to + s.w.pad * channels);
        for (int64_t k = 0; k < s.w.pad; k++) {
          const int64_t end = s.w.Padded() - 1 - k;
          std::copy_n(from + s.w.Shown(k) * channels, channels, to + k * channels);
          std::copy_n(from + s.w.Shown(end) * channels, channels, to + end * channels);
        }
      }
    });
  }
};

template <typename T>
void Add(const T* __restrict__ more, int64_t count, T* __restrict__ sum) {
  for (int64_t i = 0; i < count; i++) sum[i] += more[i];
}

template <typename T>
struct ReflectPadGrad {
  Shape shape, pad;
  explicit ReflectPadGrad(Attributes& attributes)
      : shape(attributes.Ints("shape")), pad(attributes.Ints("pad")) {}

  void operator()(Call& call) const {
    const Sizes s(shape, pad);
    const T* dy = call.Values<T>(0, SizeOf(s.Padded()));
    T* dx = call.Output<T>(0, s.Whole());
    const int64_t channels = s.channels, row = s.w.side * channels, padded_row = s.w.Padded() * channels;
    Workers::Shared().For(s.samples * s.d.side, [&](int64_t plane) {
      const int64_t n = plane / s.d.side;
      int64_t planes[3], rows[3], places[3];
      const int plane_count = s.d.Showing(plane % s.d.side, planes);
      std::vector<T> along_d(padded_row), along_h(padded_row);
      for (int64_t j = 0; j < s.h.side; j++) {
        const int row_count = s.h.Showing(j, rows);
        for (int r = 0; r < row_count; r++) {
          std::vector<T>& sum = r == 0 ? along_h : along_d;
          for (int p = 0; p < plane_count; p++) {
            const T* from = dy + ((n * s.d.Padded() + planes[p]) * s.h.Padded() + rows[r]) * padded_row;
            if (p == 0) {
              std::copy_n(from, padded_row, sum.data());
            } else {
              Add(from, padded_row, sum.data());
            }
          }
          if (r > 0) Add(along_d.data(), padded_row, along_h.data());
        }
        T* to = dx + (plane * s.h.side + j) * row;
        std::copy_n(along_h.data() + s.w.pad * channels, row, to);
        // Only places near the ends are shown more than once.
        const auto add_images = [&](int64_t k) {
          const int count = s.w.Showing(k, places);
          for (int i = 1; i < count; i++) Add(along_h.data() + places[i] * channels, channels, to + k * channels);
        };
        const int64_t first_end = std::min(s.w.pad + 1, s.w.side);
        const int64_t last_begin = std::max(first_end, s.w.side - 1 - s.w.pad);
        for (int64_t k = 0; k < first_end; k++) add_images(k);
        for (int64_t k = last_begin; k < s.w.side; k++) add_images(k);
      }
    });
  }
};

}  // namespace

void RegisterReflectPad() {
  RegisterOp<ReflectPad>("MckdReflectPad", {"x: T"}, {"y: T"}, {"pad: list(int)"});
  RegisterOp<ReflectPadGrad>("MckdReflectPadGrad", {"dy: T"}, {"dx: T"}, {"shape: list(int)", "pad: list(int)"});
}

}  // namespace mckd
