#include "methods/pdist/pdist.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "base/error.hpp"
#include "base/stopwatch.hpp"
#include "mpi/collectives.hpp"
#include "numerics/scale_units.hpp"
#include "numerics/shared_rows.hpp"

namespace replearn::pdist {
namespace {

constexpr Index panel = PanelRows::panel;

void transpose(const float* from, Index rows, Index columns, Index stride, float* to, Index to_stride) {
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) to[j * to_stride + i] = from[i * stride + j];
  }
}

/// The n x n array in tiles of `side` rows: tiles on and above the diagonal are distributed over the ranks, which write
/// each of them and its transpose below the diagonal.
class SquareTiles {
 public:
  SquareTiles(Index n, double memory, int ranks) : n_(n) {
    const Index room = static_cast<Index>(std::sqrt(memory / (2 * sizeof(float)))) / panel;
    const Index shared = ceil_div(ceil_div(n, 4), panel * static_cast<Index>(std::ceil(std::sqrt(ranks))));
    side_ = panel * std::max<Index>(1, std::min(room, shared));  // small enough for several tiles per rank
  }
  double bytes() const { return 2.0 * sizeof(float) * static_cast<double>(side_) * static_cast<double>(side_); }

  template <class Together>
  void measure_and_write(const SharedRows& all, int rank, int ranks, const WriteBox& write, Together together) const {
    const Index blocks = ceil_div(n_, side_);
    std::vector<float> tile(side_ * side_), turned(tile.size());
    Index dealt = 0;
    together([&] {
      for (Index i = 0; i < blocks; ++i) {
        PanelRows a;
        for (Index j = i; j < blocks; ++j) {
          if (dealt++ % ranks != rank) continue;
          if (a.count() == 0) a = all.build_panels(i * side_, rows_of(i));
          const PanelRows b = i == j ? PanelRows() : all.build_panels(j * side_, rows_of(j));
          fill(all, a, i, i == j ? a : b, j, tile.data(), turned.data());
          const Index rows = rows_of(i), columns = rows_of(j);
          const auto size = static_cast<std::size_t>(rows * columns);
          write({{i * side_, j * side_}, {rows, columns}}, {tile.data(), size});
          if (i != j) write({{j * side_, i * side_}, {columns, rows}}, {turned.data(), size});
        }
      }
    });
  }

 private:
  Index rows_of(Index block) const { return std::min(side_, n_ - block * side_); }

  void fill(const SharedRows& all, const PanelRows& a, Index i, const PanelRows& b, Index j, float* tile,
            float* turned) const {
    const Index columns = b.count(), rows = a.count();
    for (Index q = 0; q < b.panels(); ++q) {
      for (Index p = 0; p < (i == j ? q + 1 : a.panels()); ++p) {
        float* corner = tile + p * panel * columns + q * panel;
        all.measure(a, p, i * side_ + p * panel, b, q, j * side_ + q * panel, corner, columns);
        if (i == j && p == q) continue;
        float* mirror = (i == j ? tile : turned) + q * panel * rows + p * panel;
        transpose(corner, a.rows_in(p), b.rows_in(q), columns, mirror, rows);
      }
    }
  }

  Index n_, side_;
};

/// The condensed array in strips of whole rows, each contiguous, distributed over the ranks.
class Strips {
 public:
  Strips(Index n, double memory, int ranks) : n_(n) {
    const double pairs = static_cast<double>(begin_of(n - 1)), shared = pairs / (8.0 * ranks) + static_cast<double>(n);
    room_ = std::max(n - 1, static_cast<Index>(std::min(memory / sizeof(float), shared)));
  }
  double bytes() const { return sizeof(float) * static_cast<double>(room_); }

  template <class Together>
  void measure_and_write(const SharedRows& all, int rank, int ranks, const WriteBox& write, Together together) const {
    std::vector<float> strip(room_);
    together([&] {
      Index dealt = 0;
      for (Index row = 0, end = 0; row < n_ - 1; row = end) {
        for (end = row + 1; end < n_ - 1 && begin_of(end + 1) - begin_of(row) <= room_;) ++end;
        if (dealt++ % ranks != rank) continue;
        fill(all, row, end, strip.data());
        const Index begin = begin_of(row), count = begin_of(end) - begin;
        write({{begin}, {count}}, {strip.data(), static_cast<std::size_t>(count)});
      }
    });
  }

 private:
  /// Offset of row i, whose entries are those of columns i + 1 to n - 1.
  Index begin_of(Index i) const { return i * n_ - i * (i + 1) / 2; }

  void fill(const SharedRows& all, Index row, Index end, float* strip) const {
    const PanelRows a = all.build_panels(row, end - row);
    constexpr Index together = 20 * panel;  // columns per layout step
    std::vector<float> square(panel * panel);
    for (Index column = row; column < n_; column += together) {
      const PanelRows b = all.build_panels(column, std::min(together, n_ - column));
      for (Index p = 0; p < a.panels(); ++p) {
        for (Index q = 0; q < b.panels(); ++q) {
          const Index a_row = row + p * panel, b_row = column + q * panel;
          if (b_row + b.rows_in(q) <= a_row + 1) continue;  // on and below the diagonal
          all.measure(a, p, a_row, b, q, b_row, square.data(), panel);
          for (Index i = a_row; i < a_row + a.rows_in(p); ++i) {
            const Index first = std::max(b_row, i + 1), last = b_row + b.rows_in(q);
            if (first >= last) continue;
            const float* from = square.data() + (i - a_row) * panel;
            std::copy(from + (first - b_row), from + (last - b_row),
                      strip + (begin_of(i) - begin_of(row) + first - i - 1));
          }
        }
      }
    }
  }

  Index n_, room_;
};

/// Distances of float32 rows may overflow float32, e.g. Minkowski distances with small p.
void require_finite_distances(const ArrayBox& box, std::span<const float> values, const Options& options) {
  const auto bad = std::find_if(values.begin(), values.end(), [](float d) { return !std::isfinite(d); });
  if (bad == values.end()) return;
  const auto at = static_cast<Index>(bad - values.begin());
  std::string place = fmt::format("distance {} of the condensed array", box.begin.front() + at);
  if (options.form == Form::square) {
    place = fmt::format("rows {} and {}", box.begin[0] + at / box.count[1], box.begin[1] + at % box.count[1]);
  }
  throw InputError(
      "", place, "the distance (" + metric_text(options.metric) + ") is more than float32 holds, 3e38",
      options.metric.kind == Metric::minkowski ? "choose a larger --p, or scale the data" : "scale the data");
}

}  // namespace

void Options::validate(Index n) const {
  metric.validate();
  if (n < 2) throw InputError("", "the data", "has fewer than 2 rows", "distances need 2 rows or more");
  if (!(buffer_memory >= 1e5 && buffer_memory <= 1e12)) {
    throw InputError("", "--buffer-memory", "is not within 1e5 to 1e12", "64e6 is the default");
  }
}

std::vector<Index> extent(Form form, Index n) {
  if (form == Form::square) return {n, n};
  return {n * (n - 1) / 2};
}

void pdist(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options, const WriteBox& write,
           const Log& log) {
  const Index n = x.rows(), d = x.columns();
  options.validate(n);
  const ScaleUnits units = scale_units(comm, x, options.metric);
  DistributedMatrix copy;
  const SharedRows all(comm, in_units(x, units.data, copy), options.metric);

  double writing = 0;
  std::vector<float> scaled;
  const WriteBox timed = [&](const ArrayBox& box, std::span<const float> values) {
    if (units.length != 1) {
      scaled.assign(values.begin(), values.end());
      for (float& value : scaled) value = static_cast<float>(static_cast<double>(value) * units.length);
      values = scaled;
    }
    require_finite_distances(box, values, options);
    Stopwatch watch;
    write(box, values);
    writing += watch.seconds();
  };
  Stopwatch watch;
  const auto work = [&](const auto& parts) {
    const double pairs = static_cast<double>(n) * static_cast<double>(n - 1) / 2;
    const double values = options.form == Form::square ? static_cast<double>(n) * static_cast<double>(n) : pairs;
    log.line(fmt::format("pdist: {} rows, {:.3g} pairs ({}), {} to disk; {} per rank, {} per node", n, pairs,
                         metric_text(options.metric), bytes_text(sizeof(float) * values).c_str(),
                         bytes_text(parts.bytes()), bytes_text(sizeof(float) * static_cast<double>(n * d)).c_str()));
    parts.measure_and_write(all, comm.rank(), comm.size(), timed, [&](auto job) { mpi::run_collectively(comm, job); });
  };
  if (options.form == Form::square)
    work(SquareTiles(n, options.buffer_memory, comm.size()));
  else
    work(Strips(n, options.buffer_memory, comm.size()));
  const double slowest_writing = mpi::all_reduce(comm, writing, mpi::Reduction::max);
  log.line("pdist: done in " + duration_text(watch.seconds()) + ", " + duration_text(slowest_writing) +
           " of which writing");
}

}  // namespace replearn::pdist
