// MckdConv2d: convolution without padding, stride 1, plus bias; and its gradient. For the small maps of digit
// images and speech, on which TensorFlow's convolutions spend more time on getting ready than on sums.
//
// x [N, H, W, in], weight [k, l, in, out], bias [out] -> y [N, H - k + 1, W - l + 1, out].
//
// Everything is a matrix product of places with taps. Of a place, the l * in values that one row of the
// kernel sees lie side by side in x, so nothing is copied on the way in. Each product is worked on in tiles
// of a few rows by one register of columns, which stay in registers while the sum runs along.
//
// Samples are shared out among threads; the gradient of the weights is summed in parts of so many samples
// that are put together in order, so that the number of threads does not change a bit.
#include <algorithm>
#include <cstring>

#include "op.h"
#include "workers.h"

namespace mckd {
namespace {

#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif
constexpr int kMany = 8;

template <typename T>
constexpr int kColumns = kBytes / sizeof(T);

template <typename T>
struct Columns {
  typedef T type __attribute__((vector_size(kBytes)));
};

/** A row of a tile, or of what a tile is multiplied by: one aligned load. */
template <typename T>
struct alignas(kBytes) Row {
  T values[kColumns<T>];
};

template <typename T>
constexpr int64_t Panels(int64_t columns) {
  return (columns + kColumns<T> - 1) / kColumns<T>;
}

template <typename T>
inline typename Columns<T>::type Load(const Row<T>& row) {
  typename Columns<T>::type value;
  std::memcpy(&value, &row, kBytes);
  return value;
}

/** Adds to sums[r] the products of rows[r][from + i], i = 0 ... count - 1, with the i-th row of a panel. */
template <typename T, int kRows>
inline void AddProducts(const T* const* rows, int64_t from, const Row<T>* panel, int64_t count,
                                    typename Columns<T>::type* sums) {
  for (int64_t i = from; i < from + count; i++, panel++) {
    const typename Columns<T>::type b = Load(*panel);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; r++) sums[r] += rows[r][i] * b;
  }
}

/** Writes so many columns, or, in one go, a whole register where there is `room` for one. */
template <typename T>
inline void Store(const typename Columns<T>::type& sum, int64_t columns, int64_t room, T* y) {
  if (columns >= kColumns<T> || room >= kColumns<T>) {
    std::memcpy(y, &sum, kBytes);
  } else {
    for (int64_t c = 0; c < columns; c++) y[c] = sum[c];
  }
}

/** A map of one sample, and the window that slides over it. */
struct Window {
  int64_t height, width, channels, k, l;

  int64_t Rows() const { return height - k + 1; }
  int64_t Across() const { return width - l + 1; }
  int64_t Places() const { return Rows() * Across(); }
  int64_t Taps() const { return k * l * channels; }
  /** Values side by side that one row of the window sees. */
  int64_t Run() const { return l * channels; }
  /** Where, of the map, the window begins at each place. */
  std::vector<int64_t> WhereItBegins() const { return Grid(Rows(), Across(), channels); }
  /** Where, from there on, each tap is. */
  std::vector<int64_t> WhereTapsAre() const { return Grid(k, Run(), 1); }

 private:
  /** Offsets row by row of the map; the last one again for tiles that reach beyond. */
  std::vector<int64_t> Grid(int64_t rows, int64_t across, int64_t step) const {
    std::vector<int64_t> at;
    for (int64_t i = 0; i < rows; i++) {
      for (int64_t j = 0; j < across; j++) at.push_back(i * width * channels + j * step);
    }
    at.resize(at.size() + kMany, at.back());
    return at;
  }
};

/** y [places, columns] = windows of x, which begin at `begins`, times panels [taps, columns], plus start. */
template <typename T, int kRows>
void Convolve(const Window& w, const int64_t* begins, const T* x, const Row<T>* panels,
                       const Row<T>* start, int64_t columns, T* y) {
  const int64_t places = w.Places(), run = w.Run(), line = w.width * w.channels;
  for (int64_t place = 0; place < places; place += kRows) {
    const T* rows[kRows];
    for (int r = 0; r < kRows; r++) rows[r] = x + begins[place + r];
    const int64_t valid = std::min<int64_t>(kRows, places - place);
    // The last panel first: what a register holds beyond the last column is written over by what follows.
    for (int64_t from = (Panels<T>(columns) - 1) * kColumns<T>; from >= 0; from -= kColumns<T>) {
      const Row<T>* panel = panels + from / kColumns<T> * w.Taps();
      typename Columns<T>::type sums[kRows];
      for (int r = 0; r < kRows; r++) sums[r] = Load(start[from / kColumns<T>]);
      for (int64_t a = 0; a < w.k; a++, panel += run) {
        AddProducts<T, kRows>(rows, a * line, panel, run, sums);
      }
      for (int r = 0; r < valid; r++) {
        const int64_t at = (place + r) * columns + from;
        Store<T>(sums[r], columns - from, places * columns - at, y + at);
      }
    }
  }
}

/**
 * Of a few taps (at `offsets` from where a window begins; side by side, if kSideBySide, from the first on),
 * the sums over places of x times a panel [place][kColumns].
 */
template <typename T, int kRows, bool kSideBySide>
inline void SumOverPlaces(const Window& w, const T* x, const int64_t* offsets,
                                      const Row<T>* panel, typename Columns<T>::type* sums) {
  typename Columns<T>::type own[kRows] = {};
  const int64_t first = offsets[0], across = w.Across();
  for (int64_t i = 0; i < w.Rows(); i++) {
    const T* a = x + i * w.width * w.channels;
    for (int64_t j = 0; j < across; j++, a += w.channels, panel++) {
      const typename Columns<T>::type factor = Load(*panel);
#pragma GCC unroll 8
      for (int r = 0; r < kRows; r++) own[r] += a[kSideBySide ? first + r : offsets[r]] * factor;
    }
  }
  for (int r = 0; r < kRows; r++) sums[r] = own[r];
}

/**
 * sums [tap][panel] += windows of x, transposed, whose taps are at `offsets`, times panels [panel][place].
 */
template <typename T, int kRows>
void Correlate(const Window& w, const int64_t* offsets, const T* x, const Row<T>* panels,
                        int64_t panel_count, Row<T>* sums) {
  const int64_t taps = w.Taps();
  for (int64_t panel = 0; panel < panel_count; panel++, panels += w.Places()) {
    for (int64_t tap = 0; tap < taps; tap += kRows) {
      typename Columns<T>::type own[kRows];
      const int64_t* at = offsets + tap;
      if (at[kRows - 1] == at[0] + kRows - 1) {
        SumOverPlaces<T, kRows, true>(w, x, at, panels, own);
      } else {
        SumOverPlaces<T, kRows, false>(w, x, at, panels, own);
      }
      for (int r = 0; r < kRows && tap + r < taps; r++) {
        Row<T>& to = sums[(tap + r) * panel_count + panel];
        const typename Columns<T>::type sum = Load(to) + own[r];
        std::memcpy(&to, &sum, kBytes);
      }
    }
  }
}

/** `value(row, column)` as panels [panel][row], with zeros behind the last column. */
template <typename T, typename Value>
std::vector<Row<T>> ToPanels(int64_t rows, int64_t columns, const Value& value) {
  std::vector<Row<T>> panels(Panels<T>(columns) * rows, Row<T>{});
  for (int64_t column = 0; column < columns; column++) {
    Row<T>* to = &panels[column / kColumns<T> * rows];
    for (int64_t row = 0; row < rows; row++) to[row].values[column % kColumns<T>] = value(row, column);
  }
  return panels;
}

/** The rows of a matrix as panels [panel][row], into what held panels of as many columns before. */
template <typename T>
void RowsToPanels(const T* rows, int64_t count, int64_t columns, Row<T>* panels) {
  for (int64_t from = 0; from < columns; from += kColumns<T>) {
    const int64_t valid = std::min<int64_t>(kColumns<T>, columns - from);
    const T* row = rows + from;
    for (int64_t r = 0; r < count; r++, row += columns, panels++) {
      if (valid == kColumns<T>) {
        std::memcpy(panels, row, kBytes);
      } else {
        std::copy_n(row, valid, panels->values);
      }
    }
  }
}

/** What an op is asked for: x and weight, its inputs `first` and the one after. */
template <typename T>
struct Problem {
  Shape shape, weight_shape;
  const T *x, *weight;
  int64_t samples, outputs;
  Window window;

  Problem(Call& call, int first)
      : x(call.Input<T>(first, &shape)), weight(call.Input<T>(first + 1, &weight_shape)) {
    if (shape.size() != 4 || weight_shape.size() != 4) {
      throw std::invalid_argument("x and weight must have 4 axes");
    }
    if (weight_shape[2] != shape[3]) {
      throw std::invalid_argument("x and weight differ in their number of channels");
    }
    if (weight_shape[0] > shape[1] || weight_shape[1] > shape[2]) {
      throw std::invalid_argument("weight is larger than x");
    }
    if (SizeOf(shape) == 0 || SizeOf(weight_shape) == 0) throw std::invalid_argument("x or weight is empty");
    samples = shape[0];
    outputs = weight_shape[3];
    window = {shape[1], shape[2], shape[3], weight_shape[0], weight_shape[1]};
  }
  int64_t MapSize() const { return window.height * window.width * window.channels; }
  int64_t OutputSize() const { return window.Places() * outputs; }
};

template <typename T>
struct Conv2d {
  explicit Conv2d(Attributes&) {}

  void operator()(Call& call) const {
    const Problem<T> problem(call, 0);
    const Window& w = problem.window;
    const T *x = problem.x, *weight = problem.weight;
    const int64_t outputs = problem.outputs;
    const T* bias = call.Values<T>(2, outputs);
    T* y = call.Output<T>(0, {problem.samples, w.Rows(), w.Across(), outputs});
    const std::vector<Row<T>> panels =
        ToPanels<T>(w.Taps(), outputs, [&](int64_t tap, int64_t out) { return weight[tap * outputs + out]; });
    const std::vector<Row<T>> start =
        ToPanels<T>(1, outputs, [&](int64_t, int64_t out) { return bias[out]; });
    const auto convolve = Convolve<T, kMany>;
    const std::vector<int64_t> begins = w.WhereItBegins();
    Workers::Shared().For(problem.samples, [&](int64_t n) {
      convolve(w, begins.data(), x + n * problem.MapSize(), panels.data(), start.data(), outputs,
               y + n * problem.OutputSize());
    });
  }
};

/** Parts of the samples whose weight gradients are summed apart. */
constexpr int64_t kParts = 16;

/** Inputs dy, x, weight. Outputs dx (empty unless `input_gradient`), dweight, dbias. */
template <typename T>
struct Conv2dGrad {
  bool input_gradient;
  explicit Conv2dGrad(Attributes& attributes) : input_gradient(attributes.Bool("input_gradient")) {}

  void operator()(Call& call) const {
    const Problem<T> problem(call, 1);
    const Window& w = problem.window;
    const T *x = problem.x, *weight = problem.weight;
    const int64_t outputs = problem.outputs, inputs = w.channels, taps = w.Taps(), places = w.Places();
    const T* dy = call.Values<T>(0, problem.samples * problem.OutputSize());
    T* dx = input_gradient ? call.Output<T>(0, problem.shape) : call.Output<T>(0, {0});
    T* dweight = call.Output<T>(1, problem.weight_shape);
    T* dbias = call.Output<T>(2, {outputs});

    // dx is a convolution, too: of dy with zeros around it, by the turned kernel.
    const Window turned = {w.height + w.k - 1, w.width + w.l - 1, outputs, w.k, w.l};
    const std::vector<Row<T>> turned_panels =
        ToPanels<T>(input_gradient ? turned.Taps() : 0, inputs, [&](int64_t tap, int64_t in) {
          const int64_t place = w.k * w.l - 1 - tap / outputs;
          return weight[(place * inputs + in) * outputs + tap % outputs];
        });
    const std::vector<Row<T>> zeros(Panels<T>(inputs), Row<T>{});
    const std::vector<int64_t> begins = turned.WhereItBegins(), offsets = w.WhereTapsAre();

    const int64_t panel_count = Panels<T>(outputs);
    const int64_t part = (problem.samples + kParts - 1) / kParts, parts = (problem.samples + part - 1) / part;
    // The gradient of the bias is a row below that of the weights.
    std::vector<Row<T>> sums(parts * (taps + 1) * panel_count, Row<T>{});
    const auto convolve = Convolve<T, kMany>;
    const auto correlate = Correlate<T, kMany>;
    Workers::Shared().For(parts, [&](int64_t p) {
      Row<T>* own = &sums[p * (taps + 1) * panel_count];
      std::vector<Row<T>> panels(panel_count * places, Row<T>{});
      std::vector<T> around(input_gradient ? turned.height * turned.width * outputs : 0, T(0));
      for (int64_t n = p * part; n < std::min(problem.samples, (p + 1) * part); n++) {
        const T* g = dy + n * problem.OutputSize();
        RowsToPanels<T>(g, places, outputs, panels.data());
        correlate(w, offsets.data(), x + n * problem.MapSize(), panels.data(), panel_count, own);
        AddRows(g, places, outputs, own[taps * panel_count].values);
        if (!input_gradient) continue;
        for (int64_t i = 0; i < w.Rows(); i++) {
          const int64_t to = ((i + w.k - 1) * turned.width + w.l - 1) * outputs;
          std::copy_n(g + i * w.Across() * outputs, w.Across() * outputs, &around[to]);
        }
        convolve(turned, begins.data(), around.data(), turned_panels.data(), zeros.data(), inputs,
                 dx + n * problem.MapSize());
      }
    });
    const int64_t width = panel_count * kColumns<T>;
    std::vector<double> total((taps + 1) * width, 0.0);
    for (int64_t p = 0; p < parts; p++) {
      const T* own = sums[p * (taps + 1) * panel_count].values;
      for (int64_t i = 0; i < (taps + 1) * width; i++) total[i] += own[i];
    }
    for (int64_t row = 0; row <= taps; row++) {
      T* to = row < taps ? dweight + row * outputs : dbias;
      for (int64_t out = 0; out < outputs; out++) to[out] = static_cast<T>(total[row * width + out]);
    }
  }

  static void AddRows(const T* rows, int64_t count, int64_t columns, T* __restrict__ sums) {
    for (int64_t row = 0; row < count; row++, rows += columns) {
      for (int64_t c = 0; c < columns; c++) sums[c] += rows[c];
    }
  }
};

}  // namespace

void RegisterConv2d() {
  RegisterOp<Conv2d>("MckdConv2d", {"x: T", "weight: T", "bias: T"}, {"y: T"}, {});
  RegisterOp<Conv2dGrad>("MckdConv2dGrad", {"dy: T", "x: T", "weight: T"},
                         {"dx: T", "dweight: T", "dbias: T"}, {"input_gradient: bool"});
}

}  // namespace mckd
