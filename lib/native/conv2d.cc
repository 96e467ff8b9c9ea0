// MckdConv2d: convolution without padding, stride 1, plus bias; and its gradient. For the small maps of digit
// images and speech, on which TensorFlow's convolutions spend more time on set-up than on sums.
//
// x [N, H, W, in], weight [k, l, in, out], bias [out] -> y [N, H - k + 1, W - l + 1, out].
//
// Everything is a matrix product of positions with taps. For a position, the l * in values that one row of the
// kernel covers are contiguous in x, so the input is not copied. Columns are split into panels, each one
// register wide. A product is computed in tiles of a few rows by one or two panels, which stay in registers
// during the sum; the size of a tile changes no sum.
//
// Samples are distributed over threads; the gradient of the weights is summed in parts of a fixed number of samples
// that are added in order, so that the number of threads does not change a bit.
#include <algorithm>
#include <cstring>

#include "op.h"
#include "registers.h"
#include "workers.h"

namespace mckd {
namespace {

/** Columns of a panel: one register. */
constexpr int kColumns = kRegisterBytes / sizeof(float);
typedef float Vector __attribute__((vector_size(kRegisterBytes)));

/** Rows of a tile that is one panel wide, and of one that is two: so that it takes most of the registers, 32 with
 * AVX-512 and 16 without. */
constexpr int kRowsOfOne = 8;
#if defined(__AVX512F__)
constexpr int kRowsOfTwo = 8;
#else
constexpr int kRowsOfTwo = 6;
#endif

/** A row of a panel: one aligned load. */
struct alignas(kRegisterBytes) Row {
  float values[kColumns];
};

constexpr int64_t Panels(int64_t columns) { return (columns + kColumns - 1) / kColumns; }

inline Vector Load(const Row& row) {
  Vector value;
  std::memcpy(&value, &row, kRegisterBytes);
  return value;
}

/** A map of one sample, and its sliding window. */
struct Window {
  int64_t height, width, channels, k, l;

  int64_t Rows() const { return height - k + 1; }
  int64_t Across() const { return width - l + 1; }
  int64_t Places() const { return Rows() * Across(); }
  int64_t Taps() const { return k * l * channels; }
  /** Contiguous values that one row of the window covers. */
  int64_t Run() const { return l * channels; }
  /** Offset of the window in the map at each position. */
  std::vector<int64_t> WhereItBegins() const { return Grid(Rows(), Across(), channels); }
  /** Offset of each tap from there. */
  std::vector<int64_t> WhereTapsAre() const { return Grid(k, Run(), 1); }

 private:
  /** Offsets row by row of the map; the last one again for tiles that reach beyond. */
  std::vector<int64_t> Grid(int64_t rows, int64_t across, int64_t step) const {
    std::vector<int64_t> at;
    for (int64_t i = 0; i < rows; i++) {
      for (int64_t j = 0; j < across; j++) at.push_back(i * width * channels + j * step);
    }
    at.resize(at.size() + std::max(kRowsOfOne, kRowsOfTwo), at.back());
    return at;
  }
};

/** Calls body(panel, number of panels) with one or two until all are done, the last ones first; the number is a constant
 * of the compiler's. */
template <typename Body>
inline void ForPanels(int64_t panels, const Body& body) {
  int64_t panel = panels;
  if (panels % 2 == 1) body(--panel, std::integral_constant<int, 1>());
  while (panel > 0) body(panel -= 2, std::integral_constant<int, 2>());
}

constexpr int RowsOf(int panels) { return panels == 1 ? kRowsOfOne : kRowsOfTwo; }

/** Writes `columns` columns, or a whole register at once if there is `room` for one. */
inline void Store(const Vector& sum, int64_t columns, int64_t room, float* y) {
  if (columns >= kColumns || room >= kColumns) {
    std::memcpy(y, &sum, kRegisterBytes);
  } else {
    std::memcpy(y, &sum, columns * sizeof(float));
  }
}

/**
 * y [positions, columns] = windows of x, which begin at `begins`, times some panels [panel][tap] from column `from` on, plus
 * start [panel].
 */
template <int kPanels>
void ConvolveSome(const Window& w, const int64_t* begins, const float* x, const Row* panels, const Row* start,
                  int64_t from, int64_t columns, float* y) {
  constexpr int kRows = RowsOf(kPanels);
  const int64_t places = w.Places(), run = w.Run(), line = w.width * w.channels, taps = w.Taps();
  for (int64_t place = 0; place < places; place += kRows) {
    const float* rows[kRows];
    Vector sums[kRows][kPanels];
    for (int r = 0; r < kRows; r++) {
      rows[r] = x + begins[place + r];
      for (int p = 0; p < kPanels; p++) sums[r][p] = Load(start[p]);
    }
    const Row* panel = panels;
    for (int64_t a = 0; a < w.k; a++) {
      for (int64_t i = a * line; i < a * line + run; i++, panel++) {
        Vector factors[kPanels];
        for (int p = 0; p < kPanels; p++) factors[p] = Load(panel[p * taps]);
#pragma GCC unroll 8
        for (int r = 0; r < kRows; r++) {
          for (int p = 0; p < kPanels; p++) sums[r][p] += rows[r][i] * factors[p];
        }
      }
    }
    const int64_t valid = std::min<int64_t>(kRows, places - place);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; r++) {
      if (r >= valid) break;
      for (int p = 0; p < kPanels; p++) {
        const int64_t column = from + p * kColumns, at = (place + r) * columns + column;
        Store(sums[r][p], columns - column, places * columns - at, y + at);
      }
    }
  }
}

/** y [positions, columns] = windows of x, which begin at `begins`, times panels [panel][tap], plus start [panel]. */
void Convolve(const Window& w, const int64_t* begins, const float* x, const Row* panels, const Row* start,
              int64_t columns, float* y) {
  // The last panel comes first: values of a register beyond the last column are overwritten by the next one.
  ForPanels(Panels(columns), [&](int64_t panel, auto some) {
    ConvolveSome<some>(w, begins, x, panels + panel * w.Taps(), start + panel, panel * kColumns, columns, y);
  });
}

/**
 * For a few taps (at `offsets` from the window's begin; contiguous, if kSideBySide, from the first on),
 * the sums over positions of x times some panels [panel][position].
 */
template <int kRows, int kPanels, bool kSideBySide>
inline void SumOverPlaces(const Window& w, const float* x, const int64_t* offsets, const Row* panels,
                          Vector (&sums)[kRows][kPanels]) {
  Vector own[kRows][kPanels] = {};
  const int64_t first = offsets[0], across = w.Across(), places = w.Places();
  for (int64_t i = 0; i < w.Rows(); i++) {
    const float* a = x + i * w.width * w.channels;
    for (int64_t j = 0; j < across; j++, a += w.channels, panels++) {
      Vector factors[kPanels];
      for (int p = 0; p < kPanels; p++) factors[p] = Load(panels[p * places]);
#pragma GCC unroll 8
      for (int r = 0; r < kRows; r++) {
        const float value = a[kSideBySide ? first + r : offsets[r]];
        for (int p = 0; p < kPanels; p++) own[r][p] += value * factors[p];
      }
    }
  }
  for (int r = 0; r < kRows; r++) {
    for (int p = 0; p < kPanels; p++) sums[r][p] = own[r][p];
  }
}

/** As `Correlate`, for some panels from `panel` on. */
template <int kPanels>
void CorrelateSome(const Window& w, const int64_t* offsets, const float* x, const Row* panels, int64_t panel,
                   int64_t panel_count, Row* sums) {
  constexpr int kRows = RowsOf(kPanels);
  const int64_t taps = w.Taps();
  for (int64_t tap = 0; tap < taps; tap += kRows) {
    Vector own[kRows][kPanels];
    const int64_t* at = offsets + tap;
    if (at[kRows - 1] == at[0] + kRows - 1) {
      SumOverPlaces<kRows, kPanels, true>(w, x, at, panels, own);
    } else {
      SumOverPlaces<kRows, kPanels, false>(w, x, at, panels, own);
    }
    for (int r = 0; r < kRows && tap + r < taps; r++) {
      for (int p = 0; p < kPanels; p++) {
        Row& to = sums[(tap + r) * panel_count + panel + p];
        const Vector sum = Load(to) + own[r][p];
        std::memcpy(&to, &sum, kRegisterBytes);
      }
    }
  }
}

/**
 * sums [tap][panel] += windows of x, transposed, whose taps are at `offsets`, times panels [panel][position].
 */
void Correlate(const Window& w, const int64_t* offsets, const float* x, const Row* panels, int64_t panel_count,
               Row* sums) {
  ForPanels(panel_count, [&](int64_t panel, auto some) {
    CorrelateSome<some>(w, offsets, x, panels + panel * w.Places(), panel, panel_count, sums);
  });
}

/** `value(row, column)` as panels [panel][row], with zeros after the last column. */
template <typename Value>
std::vector<Row> ToPanels(int64_t rows, int64_t columns, const Value& value) {
  std::vector<Row> panels(Panels(columns) * rows, Row{});
  for (int64_t column = 0; column < columns; column++) {
    Row* to = &panels[column / kColumns * rows];
    for (int64_t row = 0; row < rows; row++) to[row].values[column % kColumns] = value(row, column);
  }
  return panels;
}

/** The rows of a matrix as panels [panel][row], into existing panels of the same number of columns. */
void RowsToPanels(const float* rows, int64_t count, int64_t columns, Row* panels) {
  for (int64_t from = 0; from < columns; from += kColumns) {
    const int64_t valid = std::min<int64_t>(kColumns, columns - from);
    const float* row = rows + from;
    for (int64_t r = 0; r < count; r++, row += columns, panels++) {
      if (valid == kColumns) {
        std::memcpy(panels, row, kRegisterBytes);
      } else {
        std::copy_n(row, valid, panels->values);
      }
    }
  }
}

/** The problem of an op: x and weight, its inputs `first` and the next one. */
struct Problem {
  Shape shape, weight_shape;
  const float *x, *weight;
  int64_t samples, outputs;
  Window window;

  Problem(Call& call, int first)
      : x(call.Input<float>(first, &shape)), weight(call.Input<float>(first + 1, &weight_shape)) {
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

struct Conv2d {
  explicit Conv2d(Attributes&) {}

  void operator()(Call& call) const {
    const Problem problem(call, 0);
    const Window& w = problem.window;
    const float *x = problem.x, *weight = problem.weight;
    const int64_t outputs = problem.outputs;
    const float* bias = call.Values<float>(2, outputs);
    float* y = call.Output<float>(0, {problem.samples, w.Rows(), w.Across(), outputs});
    const std::vector<Row> panels =
        ToPanels(w.Taps(), outputs, [&](int64_t tap, int64_t out) { return weight[tap * outputs + out]; });
    const std::vector<Row> start = ToPanels(1, outputs, [&](int64_t, int64_t out) { return bias[out]; });
    const std::vector<int64_t> begins = w.WhereItBegins();
    Workers::Shared().For(problem.samples, [&](int64_t n) {
      Convolve(w, begins.data(), x + n * problem.MapSize(), panels.data(), start.data(), outputs,
               y + n * problem.OutputSize());
    });
  }
};

/** Parts of the samples whose weight gradients are summed separately. */
constexpr int64_t kParts = 16;

/** Inputs dy, x, weight. Outputs dx (empty unless `input_gradient`), dweight, dbias. */
struct Conv2dGrad {
  bool input_gradient;
  explicit Conv2dGrad(Attributes& attributes) : input_gradient(attributes.Bool("input_gradient")) {}

  void operator()(Call& call) const {
    const Problem problem(call, 1);
    const Window& w = problem.window;
    const float *x = problem.x, *weight = problem.weight;
    const int64_t outputs = problem.outputs, inputs = w.channels, taps = w.Taps(), places = w.Places();
    const float* dy = call.Values<float>(0, problem.samples * problem.OutputSize());
    float* dx = input_gradient ? call.Output<float>(0, problem.shape) : call.Output<float>(0, {0});
    float* dweight = call.Output<float>(1, problem.weight_shape);
    float* dbias = call.Output<float>(2, {outputs});

    // dx is a convolution, too: of zero-padded dy with the flipped kernel.
    const Window turned = {w.height + w.k - 1, w.width + w.l - 1, outputs, w.k, w.l};
    const std::vector<Row> turned_panels =
        ToPanels(input_gradient ? turned.Taps() : 0, inputs, [&](int64_t tap, int64_t in) {
          const int64_t place = w.k * w.l - 1 - tap / outputs;
          return weight[(place * inputs + in) * outputs + tap % outputs];
        });
    const std::vector<Row> zeros(Panels(inputs), Row{});
    const std::vector<int64_t> begins = turned.WhereItBegins(), offsets = w.WhereTapsAre();

    const int64_t panel_count = Panels(outputs);
    const int64_t part = (problem.samples + kParts - 1) / kParts, parts = (problem.samples + part - 1) / part;
    // The gradient of the bias is the row after that of the weights.
    std::vector<Row> sums(parts * (taps + 1) * panel_count, Row{});
    Workers::Shared().For(parts, [&](int64_t p) {
      Row* own = &sums[p * (taps + 1) * panel_count];
      std::vector<Row> panels(panel_count * places, Row{});
      std::vector<float> around(input_gradient ? turned.height * turned.width * outputs : 0, 0.0f);
      for (int64_t n = p * part; n < std::min(problem.samples, (p + 1) * part); n++) {
        const float* g = dy + n * problem.OutputSize();
        RowsToPanels(g, places, outputs, panels.data());
        Correlate(w, offsets.data(), x + n * problem.MapSize(), panels.data(), panel_count, own);
        AddRows(g, places, outputs, own[taps * panel_count].values);
        if (!input_gradient) continue;
        for (int64_t i = 0; i < w.Rows(); i++) {
          const int64_t to = ((i + w.k - 1) * turned.width + w.l - 1) * outputs;
          std::copy_n(g + i * w.Across() * outputs, w.Across() * outputs, &around[to]);
        }
        Convolve(turned, begins.data(), around.data(), turned_panels.data(), zeros.data(), inputs,
                 dx + n * problem.MapSize());
      }
    });
    const int64_t width = panel_count * kColumns;
    std::vector<double> total((taps + 1) * width, 0.0);
    for (int64_t p = 0; p < parts; p++) {
      const float* own = sums[p * (taps + 1) * panel_count].values;
      for (int64_t i = 0; i < (taps + 1) * width; i++) total[i] += own[i];
    }
    for (int64_t row = 0; row <= taps; row++) {
      float* to = row < taps ? dweight + row * outputs : dbias;
      for (int64_t out = 0; out < outputs; out++) to[out] = static_cast<float>(total[row * width + out]);
    }
  }

  static void AddRows(const float* rows, int64_t count, int64_t columns, float* __restrict__ sums) {
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
