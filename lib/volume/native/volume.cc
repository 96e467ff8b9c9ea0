// The inner loops of lib/volume in C++, for Node: several times as fast as JavaScript, which has no vectors. Bit for bit the same:
// each voxel's operations are those of the TypeScript beside it, in the same order, compiled without contracting a product and a
// sum into one (-ffp-contract=off). Worker threads load it, so it needs Node-API alone, and no TensorFlow.
#include <node_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

// For the processor it runs on, chosen when it is loaded.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

namespace {

struct Size {
  int64_t depth, height, width;
  int64_t Count() const { return depth * height * width; }
};

// Lines of voxels along an axis, a few side by side.

constexpr int kLines = 8;
/** Wherever it lies in memory: Node's own allocator is not asked for more than a number's alignment. */
typedef double Lines __attribute__((vector_size(kLines * sizeof(double)), aligned(sizeof(double)), may_alias));

/** Up to kLines lines of a volume: value i of line l is at from[l] + i * stride. */
struct Block {
  double* from[kLines];
  int64_t count, length, stride;
  bool side_by_side;
};

void Load(const Block& block, Lines* rows) {
  for (int64_t i = 0; i < block.length; i++) {
    double row[kLines] = {};
    if (block.side_by_side) {
      std::memcpy(row, block.from[0] + i * block.stride, sizeof row);
    } else {
      for (int64_t l = 0; l < block.count; l++) row[l] = block.from[l][i * block.stride];
    }
    std::memcpy(rows + i, row, sizeof row);
  }
}

void Store(const Block& block, int64_t i, const Lines& row) {
  if (block.side_by_side) {
    std::memcpy(block.from[0] + i * block.stride, &row, sizeof row);
  } else {
    for (int64_t l = 0; l < block.count; l++) block.from[l][i * block.stride] = row[l];
  }
}

/** Calls body(block) for all lines along an axis of [volumes, depth, height, width]. */
template <typename Body>
void ForBlocks(double* values, int64_t volumes, const Size& size, int axis, const Body& body) {
  const int64_t length = axis == 0 ? size.depth : axis == 1 ? size.height : size.width;
  const int64_t stride = axis == 0 ? size.height * size.width : axis == 1 ? size.width : 1;
  const int64_t lines = volumes * size.Count() / length;
  for (int64_t line = 0; line < lines;) {
    Block block = {};
    block.length = length;
    block.stride = stride;
    for (; block.count < kLines && line < lines; block.count++, line++) {
      block.from[block.count] = values + line / stride * length * stride + line % stride;
    }
    block.side_by_side = block.count == kLines && block.from[kLines - 1] == block.from[0] + kLines - 1;
    body(block);
  }
}

// spline.ts

constexpr int64_t kLastTerm = 32;

FOR_EACH_PROCESSOR void FilterRows(Lines* rows, int64_t length, double far, double pole, double gain) {
  const int64_t last = length - 1;
  for (int64_t i = 0; i <= last; i++) rows[i] = gain * rows[i];
  Lines first = rows[0] + far * rows[last];
  double power = pole;
  for (int64_t i = 1; i < std::min(last, kLastTerm); i++) {
    first += power * (rows[i] + far * rows[last - i]);
    power *= pole;
  }
  rows[0] = first / (1 - far * far);
  for (int64_t i = 1; i <= last; i++) rows[i] += pole * rows[i - 1];
  rows[last] = ((pole * rows[last - 1] + rows[last]) * pole) / (pole * pole - 1);
  for (int64_t i = last - 1; i >= 0; i--) rows[i] = pole * (rows[i + 1] - rows[i]);
}

/** @param far the pole to the power of each axis' last index: powers are JavaScript's */
void FilterSpline(double* values, int64_t volumes, const Size& size, const double* far) {
  const double pole = std::sqrt(3.0) - 2, gain = (1 - pole) * (1 - 1 / pole);
  const int64_t lengths[] = {size.depth, size.height, size.width};
  for (int axis = 0; axis < 3; axis++) {
    if (lengths[axis] == 1) continue;
    std::vector<double> memory(lengths[axis] * kLines);
    Lines* rows = reinterpret_cast<Lines*>(memory.data());
    ForBlocks(values, volumes, size, axis, [&](const Block& block) {
      Load(block, rows);
      FilterRows(rows, block.length, far[axis], pole, gain);
      for (int64_t i = 0; i < block.length; i++) Store(block, i, rows[i]);
    });
  }
}

// gaussian.ts

FOR_EACH_PROCESSOR void SmoothRows(const Lines* rows, int64_t length, const double* kernel, int64_t radius,
                                   Lines* smooth) {
  for (int64_t i = 0; i < length; i++) {
    const Lines* at = rows + radius + i;
    Lines sum = kernel[0] * at[0];
    for (int64_t k = 1; k <= radius; k++) sum += kernel[k] * (at[-k] + at[k]);
    smooth[i] = sum;
  }
}

void Smooth(double* values, const Size& size, const double* kernel, int64_t radius, bool reflect) {
  const int64_t lengths[] = {size.depth, size.height, size.width};
  for (int axis = 0; axis < 3; axis++) {
    const int64_t length = lengths[axis];
    std::vector<double> memory((2 * length + 2 * radius) * kLines);
    Lines* rows = reinterpret_cast<Lines*>(memory.data());
    Lines* smooth = rows + length + 2 * radius;
    ForBlocks(values, 1, size, axis, [&](const Block& block) {
      Load(block, rows + radius);
      for (int64_t i = 1; reflect && i <= radius; i++) {
        const int64_t turn = (i - 1) % (2 * length), from = turn < length ? turn : 2 * length - 1 - turn;
        rows[radius - i] = rows[radius + from];
        rows[radius + length - 1 + i] = rows[radius + length - 1 - from];
      }
      SmoothRows(rows, length, kernel, radius, smooth);
      for (int64_t i = 0; i < length; i++) Store(block, i, smooth[i]);
    });
  }
}

// resample-axis.ts

FOR_EACH_PROCESSOR void FromTwo(const double* a, const double* b, double v, double w, int64_t count,
                                double* to) {
  for (int64_t i = 0; i < count; i++) to[i] = 0 + v * a[i] + w * b[i];
}

FOR_EACH_PROCESSOR void FromFour(const double* a, const double* b, const double* c, const double* d, const double* w,
                                 int64_t count, double* to) {
  const double s = w[0], t = w[1], u = w[2], v = w[3];
  for (int64_t i = 0; i < count; i++) to[i] = 0 + s * a[i] + t * b[i] + u * c[i] + v * d[i];
}

/** Along the last axis. */
FOR_EACH_PROCESSOR void FromTwoInLine(const double* line, const int32_t* at, const double* w, int64_t made, double* to) {
  for (int64_t i = 0; i < made; i++, at += 2, w += 2) to[i] = 0 + w[0] * line[at[0]] + w[1] * line[at[1]];
}

FOR_EACH_PROCESSOR void FromFourInLine(const double* line, const int32_t* at, const double* w, int64_t made, double* to) {
  for (int64_t i = 0; i < made; i++, at += 4, w += 4) {
    to[i] = 0 + w[0] * line[at[0]] + w[1] * line[at[1]] + w[2] * line[at[2]] + w[3] * line[at[3]];
  }
}

void Resample(const double* values, int64_t outer, int64_t length, int64_t stride, const int32_t* indices,
              const double* weights, int64_t taps, int64_t made, double* to) {
  for (int64_t o = 0; o < outer; o++) {
    const double* from = values + o * length * stride;
    if (stride == 1) {
      (taps == 4 ? FromFourInLine : FromTwoInLine)(from, indices, weights, made, to);
      to += made;
      continue;
    }
    for (int64_t i = 0; i < made; i++, to += stride) {
      const int32_t* at = indices + i * taps;
      const double* w = weights + i * taps;
      if (taps == 4) {
        FromFour(from + at[0] * stride, from + at[1] * stride, from + at[2] * stride, from + at[3] * stride, w, stride, to);
      } else {
        FromTwo(from + at[0] * stride, from + at[1] * stride, w[0], w[1], stride, to);
      }
    }
  }
}

// interpolate.ts

/** Channels that are interpolated side by side. */
constexpr int kChannels = 4;
typedef double Channels __attribute__((vector_size(kChannels * sizeof(double)), aligned(sizeof(double)), may_alias));

int64_t Mirrored(int64_t index, int64_t length) {
  if (index >= 0 && index < length) return index;
  if (length == 1) return 0;
  const int64_t period = 2 * length - 2, turn = ((index % period) + period) % period;
  return turn < length ? turn : period - turn;
}

/** Some channels of knots, side by side, with one voxel more before each axis and two after. */
std::vector<double> Padded(const double* knots, int64_t channels, const Size& size) {
  std::vector<double> padded((size.depth + 3) * (size.height + 3) * (size.width + 3) * kChannels);
  double* to = padded.data();
  for (int64_t d = -1; d < size.depth + 2; d++) {
    for (int64_t h = -1; h < size.height + 2; h++) {
      const double* row = knots + (Mirrored(d, size.depth) * size.height + Mirrored(h, size.height)) * size.width;
      for (int64_t w = -1; w < size.width + 2; w++, to += kChannels) {
        const double* from = row + Mirrored(w, size.width);
        for (int64_t c = 0; c < channels; c++) to[c] = from[c * size.Count()];
      }
    }
  }
  return padded;
}

inline void CubicWeights(double t, double* weights) {
  const double rest = 1 - t;
  weights[0] = (rest * rest * rest) / 6;
  weights[1] = (t * t * (t - 2) * 3 + 4) / 6;
  weights[2] = (rest * rest * (rest - 2) * 3 + 4) / 6;
  weights[3] = 1 - weights[0] - weights[1] - weights[2];
}

FOR_EACH_PROCESSOR void InterpolateSome(const Channels* knots, const Size& size, const double* points, int64_t count,
                                        int64_t channels, float* into) {
  const int64_t row = size.width + 3, plane = (size.height + 3) * row;
  for (int64_t i = 0; i < count; i++) {
    const double d = points[i], h = points[count + i], w = points[2 * count + i];
    if (!(d >= 0 && h >= 0 && w >= 0 && d <= size.depth - 1 && h <= size.height - 1 && w <= size.width - 1)) continue;
    const int64_t below_d = static_cast<int64_t>(d), below_h = static_cast<int64_t>(h), below_w = static_cast<int64_t>(w);
    double along_d[4], along_h[4], along_w[4];
    CubicWeights(d - below_d, along_d);
    CubicWeights(h - below_h, along_h);
    CubicWeights(w - below_w, along_w);
    const Channels* first = knots + below_d * plane + below_h * row + below_w;
    Channels sum = {};
    for (int a = 0; a < 4; a++, first += plane) {
      Channels in_plane = {};
      for (int b = 0; b < 4; b++) {
        const Channels* k = first + b * row;
        in_plane += along_h[b] * (along_w[0] * k[0] + along_w[1] * k[1] + along_w[2] * k[2] + along_w[3] * k[3]);
      }
      sum += along_d[a] * in_plane;
    }
    for (int64_t c = 0; c < channels; c++) into[c * count + i] = static_cast<float>(sum[c]);
  }
}

void Interpolate(const double* knots, int64_t volumes, const Size& size, const double* points, int64_t count,
                 float* into) {
  for (int64_t c = 0; c < volumes; c += kChannels) {
    const int64_t channels = std::min<int64_t>(kChannels, volumes - c);
    const std::vector<double> padded = Padded(knots + c * size.Count(), channels, size);
    InterpolateSome(reinterpret_cast<const Channels*>(padded.data()), size, points, count, channels, into + c * count);
  }
}

// Node

/** The arguments of a call, checked. */
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = kMost;
    if (napi_get_cb_info(env, info, &count, values_, nullptr, nullptr) != napi_ok) Refuse();
    count_ = count;
  }

  template <typename T>
  T* Array(size_t index, napi_typedarray_type type, int64_t* length) {
    napi_typedarray_type found;
    size_t size;
    void* data;
    if (index >= count_ || napi_get_typedarray_info(env_, values_[index], &found, &size, &data, nullptr, nullptr) != napi_ok ||
        found != type) {
      Refuse();
    }
    *length = static_cast<int64_t>(size);
    return static_cast<T*>(data);
  }
  double* Doubles(size_t index, int64_t* length) { return Array<double>(index, napi_float64_array, length); }
  int64_t Whole(size_t index) {
    int64_t value;
    if (index >= count_ || napi_get_value_int64(env_, values_[index], &value) != napi_ok || value < 0) Refuse();
    return value;
  }
  bool Flag(size_t index) {
    bool value;
    if (index >= count_ || napi_get_value_bool(env_, values_[index], &value) != napi_ok) Refuse();
    return value;
  }
  Size Sides(size_t index) {
    const Size size = {Whole(index), Whole(index + 1), Whole(index + 2)};
    Require(size.depth > 0 && size.height > 0 && size.width > 0);
    return size;
  }
  static void Require(bool fits) {
    if (!fits) Refuse();
  }

 private:
  [[noreturn]] static void Refuse() { throw std::invalid_argument("mckd_volume: arguments that do not fit"); }
  static constexpr size_t kMost = 9;
  napi_env env_;
  size_t count_ = 0;
  napi_value values_[kMost];
};

/** A function of JavaScript's that returns nothing. */
template <void (*kCall)(Arguments&)>
napi_value Function(napi_env env, napi_callback_info info) {
  try {
    Arguments arguments(env, info);
    kCall(arguments);
  } catch (const std::exception& problem) {
    napi_throw_error(env, nullptr, problem.what());
  }
  return nullptr;
}

/** values [volumes, D, H, W] in place, D, H, W, far [3] */
void CallFilterSpline(Arguments& given) {
  int64_t count, axes;
  double* values = given.Doubles(0, &count);
  const Size size = given.Sides(1);
  const double* far = given.Doubles(4, &axes);
  given.Require(axes == 3 && count % size.Count() == 0);
  FilterSpline(values, count / size.Count(), size, far);
}

/** values [D, H, W] in place, D, H, W, kernel [radius + 1], whether the border reflects */
void CallSmooth(Arguments& given) {
  int64_t count, weights;
  double* values = given.Doubles(0, &count);
  const Size size = given.Sides(1);
  const double* kernel = given.Doubles(4, &weights);
  given.Require(count == size.Count() && weights > 0);
  Smooth(values, size, kernel, weights - 1, given.Flag(5));
}

/** values, length, stride, indices [made, taps], weights [made, taps], taps, result */
void CallResample(Arguments& given) {
  int64_t count, picked, weighed, result;
  const double* values = given.Doubles(0, &count);
  const int64_t length = given.Whole(1), stride = given.Whole(2);
  const int32_t* indices = given.Array<int32_t>(3, napi_int32_array, &picked);
  const double* weights = given.Doubles(4, &weighed);
  const int64_t taps = given.Whole(5);
  double* to = given.Doubles(6, &result);
  given.Require(length > 0 && stride > 0 && (taps == 2 || taps == 4) && picked == weighed && picked % taps == 0);
  const int64_t outer = count / (length * stride), made = picked / taps;
  given.Require(count == outer * length * stride && result == outer * made * stride);
  for (int64_t i = 0; i < picked; i++) given.Require(indices[i] >= 0 && indices[i] < length);
  Resample(values, outer, length, stride, indices, weights, taps, made, to);
}

/** knots [volumes, D, H, W], D, H, W, points [3, points], result [volumes, points] */
void CallInterpolate(Arguments& given) {
  int64_t count, coordinates, results;
  const double* knots = given.Doubles(0, &count);
  const Size size = given.Sides(1);
  const double* points = given.Doubles(4, &coordinates);
  float* into = given.Array<float>(5, napi_float32_array, &results);
  const int64_t volumes = count / size.Count(), places = coordinates / 3;
  given.Require(count == volumes * size.Count() && coordinates == 3 * places && results == volumes * places);
  Interpolate(knots, volumes, size, points, places, into);
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"filterSpline", nullptr, Function<CallFilterSpline>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"smooth", nullptr, Function<CallSmooth>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"resample", nullptr, Function<CallResample>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"interpolate", nullptr, Function<CallInterpolate>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions);
  return exports;
}
