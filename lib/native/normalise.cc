// MckdNormalise: (x - mean) / sqrt(variance + epsilon) over the positions of each sample and channel, then
// scale, shift, a sum and leaky ReLU, in one pass for the statistics and one for the result; and
// its gradient, likewise.
//
// x [N, positions, C]. For instance norm, positions are a volume's voxels; for weight standardisation, a filter's
// weights, with one sample, the unbiased variance, and nothing after it.
//
// Sums are in float64, of differences from the first position, so that constant maps, such as those of
// an empty volume, stay exactly constant, and gradients which nearly cancel keep their digits. Parts
// of the positions are summed separately and added in order: the number of threads does not change a bit.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "op.h"
#include "registers.h"
#include "workers.h"

namespace mckd {
namespace {

/** How x is split: samples, positions, channels, and parts of so many positions that are computed at once. */
struct Layout {
  int64_t samples, places, channels, part, parts;

  Layout(const Shape& shape, bool by_sample) {
    if (shape.size() < 2) throw std::invalid_argument("x has fewer than 2 axes");
    channels = shape.back();
    samples = by_sample ? shape[0] : 1;
    places = Product(shape, by_sample ? 1 : 0, shape.size() - 1);
    if (SizeOf(shape) == 0) throw std::invalid_argument("x is empty");
    part = std::max<int64_t>(1, kPartSize / channels);
    parts = (places + part - 1) / part;
  }
  int64_t From(int64_t p) const { return p * part; }
  int64_t To(int64_t p) const { return std::min(places, (p + 1) * part); }
};

/** kLanes channels in registers: as T, and as double. */
template <typename T, int kLanes>
struct Lanes {
  typedef T type __attribute__((vector_size(kLanes * sizeof(T))));
  typedef double wide __attribute__((vector_size(kLanes * sizeof(double))));
  static constexpr int kCount = kLanes;
  static type Load(const T* from) {
    type value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  static wide Widen(const type& value) { return __builtin_convertvector(value, wide); }
};

template <typename T>
struct Lanes<T, 1> {
  typedef T type;
  typedef double wide;
  static constexpr int kCount = 1;
  static type Load(const T* from) { return *from; }
  static wide Widen(type value) { return value; }
};

template <typename Value, typename Number>
inline void Put(const Value& value, Number* to) {
  std::memcpy(to, &value, sizeof value);
}

/** As many lanes as fit into one register, at most 8: for computing in `Number`. */
template <typename Number>
constexpr int kLanesOf = std::min<int>(8, kRegisterBytes / sizeof(Number));

/** Calls body(lanes, c, from, to) for channels c ... c + lanes - 1, until all channels from c on are done. */
template <typename T, int kLanes, typename Body>
inline void ForChannels(int64_t c, int64_t channels, int64_t from, int64_t to, const Body& body) {
  for (; c + kLanes <= channels; c += kLanes) body(Lanes<T, kLanes>(), c, from, to);
  if constexpr (kLanes > 1) ForChannels<T, kLanes == 8 ? 4 : 1>(c, channels, from, to, body);
}

/**
 * Calls body(lanes, c, from, to) for channels c ... c + lanes - 1 of positions from ... to - 1, until all
 * channels of all positions are done, kLanes of them at once if possible: a few positions at a time, so that
 * they are still in the cache when their next channels are read.
 */
template <typename T, int kLanes, typename Body>
inline void ForLanes(int64_t places, int64_t channels, const Body& body) {
  constexpr int64_t kAtATime = 16;
  for (int64_t from = 0; from < places; from += kAtATime) {
    ForChannels<T, kLanes>(0, channels, from, std::min(places, from + kAtATime), body);
  }
}

/** Adds to each channel's two sums. */
template <typename T>
void SumAndSquares(const T* x, const T* origin, int64_t places, int64_t channels, double* sums,
                             double* squares) {
  ForLanes<T, kLanesOf<double>>(places, channels, [=](auto lanes, int64_t c, int64_t from, int64_t to) {
    using L = decltype(lanes);
    const typename L::wide start = L::Widen(L::Load(origin + c));
    typename L::wide sum = Lanes<double, L::kCount>::Load(sums + c);
    typename L::wide square = Lanes<double, L::kCount>::Load(squares + c);
    for (int64_t p = from; p < to; p++) {
      const typename L::wide d = L::Widen(L::Load(x + p * channels + c)) - start;
      sum += d;
      square += d * d;
    }
    Put(sum, sums + c);
    Put(square, squares + c);
  });
}

/** y = (x - mean) scale + shift, plus `added` if given; if that is negative, times slope. */
template <typename T>
void Apply(const T* x, const T* mean, const T* scale, const T* shift, const T* plus, T slope,
                     int64_t places, int64_t channels, T* y) {
  ForLanes<T, kLanesOf<T>>(places, channels, [=](auto lanes, int64_t c, int64_t from, int64_t to) {
    using L = decltype(lanes);
    const typename L::type m = L::Load(mean + c), a = L::Load(scale + c), b = L::Load(shift + c);
    for (int64_t p = from; p < to; p++) {
      const int64_t at = p * channels + c;
      typename L::type z = (L::Load(x + at) - m) * a + b;
      if (plus != nullptr) z += L::Load(plus + at);
      const typename L::type value = z > 0 ? z : slope * z;
      Put(value, y + at);
    }
  });
}

/** Adds to each channel the sums of g and of g x^, with g = dy times the slope of the leaky ReLU at y. */
template <typename T>
void GradientSums(const T* dy, const T* y, const T* x, const T* mean, const T* inverse, T slope,
                            int64_t places, int64_t channels, double* sums, double* alongs) {
  ForLanes<T, kLanesOf<double>>(places, channels, [=](auto lanes, int64_t c, int64_t from, int64_t to) {
    using L = decltype(lanes);
    const typename L::type m = L::Load(mean + c), s = L::Load(inverse + c);
    typename L::wide sum = Lanes<double, L::kCount>::Load(sums + c);
    typename L::wide along = Lanes<double, L::kCount>::Load(alongs + c);
    for (int64_t p = from; p < to; p++) {
      const int64_t at = p * channels + c;
      const typename L::type d = L::Load(dy + at);
      const typename L::type g = L::Load(y + at) > 0 ? d : slope * d;
      const typename L::type normal = (L::Load(x + at) - m) * s;
      sum += L::Widen(g);
      along += L::Widen(g) * L::Widen(normal);
    }
    Put(sum, sums + c);
    Put(along, alongs + c);
  });
}

/** dx = scale (g - g_mean - x^ g_along); g itself is written to `g_out` if requested. */
template <typename T>
void ApplyGradient(const T* dy, const T* y, const T* x, const T* mean, const T* inverse,
                             const T* scale, const T* g_mean, const T* g_along, T slope, int64_t places,
                             int64_t channels, T* dx, T* g_out) {
  ForLanes<T, kLanesOf<T>>(places, channels, [=](auto lanes, int64_t c, int64_t from, int64_t to) {
    using L = decltype(lanes);
    const typename L::type m = L::Load(mean + c), s = L::Load(inverse + c), a = L::Load(scale + c);
    const typename L::type mean_g = L::Load(g_mean + c), along_g = L::Load(g_along + c);
    for (int64_t p = from; p < to; p++) {
      const int64_t at = p * channels + c;
      const typename L::type d = L::Load(dy + at);
      const typename L::type g = L::Load(y + at) > 0 ? d : slope * d;
      if (g_out != nullptr) Put(g, g_out + at);
      const typename L::type value = a * (g - mean_g - (L::Load(x + at) - m) * s * along_g);
      Put(value, dx + at);
    }
  });
}

/** Two sums per channel of one sample: those of its parts, added in order. */
template <typename Part>
void SumParts(const Layout& at, double* first, double* second, const Part& part) {
  const int64_t c_count = at.channels;
  std::vector<double> sums(2 * at.parts * c_count, 0.0);
  Workers::Shared().For(at.parts, [&](int64_t p) {
    double* own = &sums[2 * p * c_count];
    part(p, own, own + c_count);
  });
  for (int64_t p = 0; p < at.parts; p++) {
    for (int64_t c = 0; c < c_count; c++) {
      first[c] += sums[2 * p * c_count + c];
      second[c] += sums[(2 * p + 1) * c_count + c];
    }
  }
}

struct Options {
  double epsilon, slope;
  bool by_sample, unbiased, scaled, added;

  explicit Options(Attributes& attributes)
      : epsilon(attributes.Constant("epsilon")),
        slope(attributes.Constant("slope")),
        by_sample(attributes.Bool("by_sample")),
        unbiased(attributes.Bool("unbiased")),
        scaled(attributes.Bool("scaled")),
        added(attributes.Bool("added")) {}

  double Divisor(int64_t places) const { return unbiased ? static_cast<double>(places - 1) : places; }
};

/**
 * Inputs x, then gamma and beta if `scaled`, then what is added if `added`.
 * Outputs y, mean, 1 / sqrt(variance + epsilon), and the variance with n - 1.
 */
template <typename T>
struct Normalise {
  Options options;
  explicit Normalise(Attributes& attributes) : options(attributes) {}

  void operator()(Call& call) const {
    Shape shape;
    const T* x = call.Input<T>(0, &shape);
    const Layout at(shape, options.by_sample);
    const int64_t c_count = at.channels, sample_size = at.places * c_count;
    const int expected = 1 + (options.scaled ? 2 : 0) + (options.added ? 1 : 0);
    if (call.InputCount() != expected) throw std::invalid_argument("wrong number of inputs");
    const T* gamma = options.scaled ? call.Values<T>(1, c_count) : nullptr;
    const T* beta = options.scaled ? call.Values<T>(2, c_count) : nullptr;
    const T* plus = options.added ? call.Values<T>(expected - 1, at.samples * sample_size) : nullptr;
    T* y = call.Output<T>(0, shape);
    const Shape statistics = options.by_sample ? Shape{at.samples, c_count} : Shape{c_count};
    T* mean = call.Output<T>(1, statistics);
    T* inverse = call.Output<T>(2, statistics);
    T* unbiased = call.Output<T>(3, statistics);

    std::vector<T> scale(c_count), shift(c_count, T(0));
    for (int64_t n = 0; n < at.samples;
         n++, x += sample_size, y += sample_size, mean += c_count, inverse += c_count, unbiased += c_count) {
      std::vector<double> sum(c_count, 0.0), squares(c_count, 0.0);
      SumParts(at, sum.data(), squares.data(), [&](int64_t p, double* s, double* q) {
        SumAndSquares<T>(x + at.From(p) * c_count, x, at.To(p) - at.From(p), c_count, s, q);
      });
      for (int64_t c = 0; c < c_count; c++) {
        const double off = sum[c] / at.places;
        const double around = std::max(0.0, squares[c] - sum[c] * off);
        const double variance = around / options.Divisor(at.places);
        unbiased[c] = static_cast<T>(around / (at.places - 1));
        mean[c] = static_cast<T>(x[c] + off);
        inverse[c] = static_cast<T>(1 / std::sqrt(variance + options.epsilon));
        scale[c] = gamma == nullptr ? inverse[c] : inverse[c] * gamma[c];
        if (beta != nullptr) shift[c] = beta[c];
      }
      Workers::Shared().For(at.parts, [&](int64_t p) {
        const int64_t from = at.From(p) * c_count;
        Apply<T>(x + from, mean, scale.data(), shift.data(),
                 plus == nullptr ? nullptr : plus + n * sample_size + from, static_cast<T>(options.slope),
                 at.To(p) - at.From(p), c_count, y + from);
      });
    }
  }
};

/**
 * Inputs dy, y, x, mean, inverse, then gamma if `scaled`.
 * Outputs dx, dgamma, dbeta, and g if `added` (else empty).
 */
template <typename T>
struct NormaliseGrad {
  Options options;
  explicit NormaliseGrad(Attributes& attributes) : options(attributes) {}

  void operator()(Call& call) const {
    Shape shape;
    const T* x = call.Input<T>(2, &shape);
    const Layout at(shape, options.by_sample);
    const int64_t c_count = at.channels, sample_size = at.places * c_count, size = at.samples * sample_size;
    const T* dy = call.Values<T>(0, size);
    const T* y = call.Values<T>(1, size);
    const T* mean = call.Values<T>(3, at.samples * c_count);
    const T* inverse = call.Values<T>(4, at.samples * c_count);
    const T* gamma = options.scaled ? call.Values<T>(5, c_count) : nullptr;
    T* dx = call.Output<T>(0, shape);
    T* dgamma = call.Output<T>(1, {c_count});
    T* dbeta = call.Output<T>(2, {c_count});
    T* g = options.added ? call.Output<T>(3, shape) : call.Output<T>(3, {0});

    std::vector<double> gamma_sum(c_count, 0.0), beta_sum(c_count, 0.0);
    std::vector<T> scale(c_count), g_mean(c_count), g_along(c_count);
    for (int64_t n = 0; n < at.samples; n++, mean += c_count, inverse += c_count) {
      const int64_t start = n * sample_size;
      std::vector<double> sum(c_count, 0.0), along(c_count, 0.0);
      SumParts(at, sum.data(), along.data(), [&](int64_t p, double* s, double* a) {
        const int64_t from = start + at.From(p) * c_count;
        GradientSums<T>(dy + from, y + from, x + from, mean, inverse, static_cast<T>(options.slope),
                        at.To(p) - at.From(p), c_count, s, a);
      });
      for (int64_t c = 0; c < c_count; c++) {
        beta_sum[c] += sum[c];
        gamma_sum[c] += along[c];
        g_mean[c] = static_cast<T>(sum[c] / at.places);
        g_along[c] = static_cast<T>(along[c] / options.Divisor(at.places));
        scale[c] = gamma == nullptr ? inverse[c] : inverse[c] * gamma[c];
      }
      Workers::Shared().For(at.parts, [&](int64_t p) {
        const int64_t from = start + at.From(p) * c_count;
        ApplyGradient<T>(dy + from, y + from, x + from, mean, inverse, scale.data(), g_mean.data(),
                         g_along.data(), static_cast<T>(options.slope), at.To(p) - at.From(p), c_count,
                         dx + from, options.added ? g + from : nullptr);
      });
    }
    for (int64_t c = 0; c < c_count; c++) {
      dgamma[c] = static_cast<T>(gamma_sum[c]);
      dbeta[c] = static_cast<T>(beta_sum[c]);
    }
  }
};

}  // namespace

void RegisterNormalise() {
  const std::initializer_list<const char*> attributes = {"epsilon: float", "slope: float", "by_sample: bool",
                                                         "unbiased: bool", "scaled: bool", "added: bool",
                                                         "M: int >= 0"};
  RegisterOp<Normalise>("MckdNormalise", {"x: T", "more: M * T"},
                        {"y: T", "mean: T", "inverse: T", "variance: T"}, attributes);
  RegisterOp<NormaliseGrad>("MckdNormaliseGrad",
                            {"dy: T", "y: T", "x: T", "mean: T", "inverse: T", "more: M * T"},
                            {"dx: T", "dgamma: T", "dbeta: T", "g: T"}, attributes);
}

}  // namespace mckd
