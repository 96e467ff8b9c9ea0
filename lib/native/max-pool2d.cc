// MckdMaxPool2d: maximum over squares, without padding, followed by ReLU if requested; and its gradient.
//
// Among equal values the first in the order H, W counts, as in PyTorch; a NaN counts as larger than any
// number. x [N, H, W, C] -> y [N, (H - size) / stride + 1, (W - size) / stride + 1, C] and, as uint8, the tap
// that gave it: size * row + column, or 255 if ReLU gives 0.
#include <algorithm>

#include "op.h"
#include "workers.h"

namespace mckd {
namespace {

constexpr uint8_t kNothing = 255;

/** Sizes for both passes, from the shape of x. */
struct Squares {
  int64_t height, width, channels, size, stride;

  Squares(const Shape& x, const Shape& size_and_stride) {
    if (x.size() != 4) throw std::invalid_argument("x must have 4 axes");
    if (size_and_stride.size() != 2) throw std::invalid_argument("size and stride are two numbers");
    height = x[1], width = x[2], channels = x[3];
    size = size_and_stride[0], stride = size_and_stride[1];
    if (size < 1 || size > 15 || stride < 1)
      throw std::invalid_argument("size must be 1 to 15, stride 1 or more");
    if (size > height || size > width) throw std::invalid_argument("a square is larger than x");
  }
  int64_t Rows() const { return (height - size) / stride + 1; }
  int64_t Across() const { return (width - size) / stride + 1; }
  int64_t MapSize() const { return height * width * channels; }
  int64_t PooledSize() const { return Rows() * Across() * channels; }
  /** Values of a map that are read, some of them more than once. */
  int64_t Compared() const { return PooledSize() * size * size; }
  /** Index in a map of the first channel of a tap, for the square at row i and column j. */
  int64_t At(int64_t i, int64_t j, int64_t tap) const {
    return ((i * stride + tap / size) * width + j * stride + tap % size) * channels;
  }
};

/** Elementwise the larger of `best` and `values`, and in `which` the number of its tap. */
void TakeLarger(const float* __restrict__ values, int64_t count, float tap, float* __restrict__ best,
                float* __restrict__ which) {
  for (int64_t i = 0; i < count; i++) {
    const float value = values[i], old = best[i];
    const bool larger = (value > old) | (value != value);
    best[i] = larger ? value : old;
    which[i] = larger ? tap : which[i];
  }
}

/** Where ReLU gives 0, the value 0 and no tap. */
void Relu(int64_t count, float* __restrict__ best, float* __restrict__ which) {
  for (int64_t i = 0; i < count; i++) {
    const bool through = (best[i] > 0) | (best[i] != best[i]);
    best[i] = through ? best[i] : 0;
    which[i] = through ? which[i] : kNothing;
  }
}

struct MaxPool2d {
  Shape size_and_stride;
  bool activate;
  explicit MaxPool2d(Attributes& attributes)
      : size_and_stride(attributes.Ints("size_and_stride")), activate(attributes.Bool("activate")) {}

  void operator()(Call& call) const {
    Shape shape;
    const float* x = call.Input<float>(0, &shape);
    const Squares at(shape, size_and_stride);
    const Shape pooled = {shape[0], at.Rows(), at.Across(), at.channels};
    float* y = call.Output<float>(0, pooled);
    uint8_t* taps = call.Output<uint8_t>(1, pooled);
    const int64_t line = at.Across() * at.channels;
    ForSamples(shape[0], at.Compared(), [&](int64_t n) {
      // One tap at a time of a whole line of squares, so that the values to compare are contiguous.
      std::vector<float> values(line), which(line);
      for (int64_t i = 0; i < at.Rows(); i++) {
        float* best = y + n * at.PooledSize() + i * line;
        for (int64_t tap = 0; tap < at.size * at.size; tap++) {
          float* to = tap == 0 ? best : values.data();
          for (int64_t j = 0; j < at.Across(); j++) {
            std::copy_n(x + n * at.MapSize() + at.At(i, j, tap), at.channels, to + j * at.channels);
          }
          if (tap > 0) TakeLarger(to, line, static_cast<float>(tap), best, which.data());
        }
        if (activate) Relu(line, best, which.data());
        uint8_t* own = taps + (best - y);
        for (int64_t k = 0; k < line; k++) own[k] = static_cast<uint8_t>(which[k]);
        std::fill(which.begin(), which.end(), 0.0f);
      }
    });
  }
};

/** Inputs dy and the taps; attribute `shape`, that of x. */
struct MaxPool2dGrad {
  Shape shape, size_and_stride;
  explicit MaxPool2dGrad(Attributes& attributes)
      : shape(attributes.Ints("shape")), size_and_stride(attributes.Ints("size_and_stride")) {}

  void operator()(Call& call) const {
    const Squares at(shape, size_and_stride);
    const float* dy = call.Values<float>(0, shape[0] * at.PooledSize());
    const uint8_t* taps = call.Values<uint8_t>(1, shape[0] * at.PooledSize());
    float* dx = call.Output<float>(0, shape);
    // Offset of a tap from the first of its square; for "no tap" an element that 0 is added to, which costs
    // less than an unpredictable branch.
    int64_t offsets[kNothing + 1] = {};
    for (int64_t tap = 0; tap < at.size * at.size; tap++) offsets[tap] = at.At(0, 0, tap);
    ForSamples(shape[0], at.Compared(), [&](int64_t n) {
      float* map = dx + n * at.MapSize();
      std::fill_n(map, at.MapSize(), 0.0f);
      int64_t from = n * at.PooledSize();
      for (int64_t i = 0; i < at.Rows(); i++) {
        for (int64_t j = 0; j < at.Across(); j++) {
          float* first = map + at.At(i, j, 0);
          for (int64_t c = 0; c < at.channels; c++, from++) {
            first[offsets[taps[from]] + c] += taps[from] == kNothing ? 0.0f : dy[from];
          }
        }
      }
    });
  }
};

}  // namespace

void RegisterMaxPool2d() {
  RegisterOp<MaxPool2d>("MckdMaxPool2d", {"x: T"}, {"y: T", "taps: uint8"},
                        {"size_and_stride: list(int)", "activate: bool"});
  RegisterOp<MaxPool2dGrad>("MckdMaxPool2dGrad", {"dy: T", "taps: uint8"}, {"dx: T"},
                            {"shape: list(int)", "size_and_stride: list(int)"});
}

}  // namespace mckd
