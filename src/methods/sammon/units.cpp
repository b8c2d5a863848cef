#include "methods/sammon/units.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mpi/collectives.hpp"

namespace replearn::sammon {
namespace {

/// The power of two below `length`, or 1 if its exponent is no larger than this in magnitude: then nothing is copied.
constexpr int ordinary_exponent = 20;

double unit_below(double length) {
  if (!(length > 0) || !std::isfinite(length)) return 1;
  const int exponent = std::ilogb(length);
  return std::abs(exponent) <= ordinary_exponent ? 1 : std::ldexp(1.0, std::clamp(exponent, -126, 126));
}

/// By which power of the data's scale distances grow.
int degree(Metric metric) {
  switch (metric.form()) {
    case Metric::sqeuclidean:
      return 2;
    case Metric::cosine:
    case Metric::correlation:
    case Metric::hamming:
      return 0;
    case Metric::minkowski:
      return metric.p > 0 ? 1 : 0;
    case Metric::euclidean:
    case Metric::manhattan:
    case Metric::chebyshev:
      break;
  }
  return 1;
}

struct Ranges {
  std::vector<float> low, high;
};

Ranges ranges_of(const RowMatrix& rows, Index columns) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto d = static_cast<std::size_t>(columns);
  Ranges ranges{std::vector<float>(d, infinity), std::vector<float>(d, -infinity)};
  for (Index i = 0; i < rows.rows(); ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      ranges.low[j] = std::min(ranges.low[j], rows(i, static_cast<Index>(j)));
      ranges.high[j] = std::max(ranges.high[j], rows(i, static_cast<Index>(j)));
    }
  }
  return ranges;
}

Units units_of(const Ranges& ranges, Metric metric) {
  const int power = degree(metric);
  double length = 0;
  for (std::size_t j = 0; j < ranges.low.size(); ++j) {
    const auto from = static_cast<double>(ranges.low[j]), to = static_cast<double>(ranges.high[j]);
    length = std::max(length, power == 0 ? std::max(std::abs(from), std::abs(to)) : to - from);
  }
  Units units;
  units.data = unit_below(length);
  units.length = std::pow(units.data, power);
  return units;
}

}  // namespace

Units units_of(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric) {
  auto ranges = ranges_of(x.local, x.columns());
  mpi::all_reduce(comm, std::span<float>(ranges.low), mpi::Reduction::min);
  mpi::all_reduce(comm, std::span<float>(ranges.high), mpi::Reduction::max);
  return units_of(ranges, metric);
}

Units units_of(const RowMatrix& rows, Metric metric) {
  return units_of(ranges_of(rows, rows.cols()), metric);
}

Units units_of(const mpi::Communicator& comm, const GivenDistances& given) {
  const Index rows = std::min<Index>(given.points, 16), columns = std::min<Index>(given.points, 1024);
  double largest = 0;
  mpi::on_root(comm, [&] {
    std::vector<float> some(static_cast<std::size_t>(rows * columns), 0.0f);
    given.measure(0, rows, 0, columns, some.data(), columns);
    for (const float distance : some) {
      if (std::isfinite(distance)) largest = std::max(largest, static_cast<double>(distance));
    }
  });
  Units units;
  units.length = unit_below(mpi::broadcast(comm, largest));
  return units;
}

const DistributedMatrix& in_units(const DistributedMatrix& x, double unit, DistributedMatrix& copy) {
  if (unit == 1) return x;
  copy = DistributedMatrix(x.partition, x.rank, x.columns());
  copy.local = (x.local.cast<double>() / unit).cast<float>();
  return copy;
}

GivenDistances in_units(GivenDistances given, double length) {
  if (length == 1) return given;
  GivenDistances divided = given;
  divided.measure = [all = std::move(given), length](Index a, Index a_count, Index b, Index b_count, float* out,
                                                     Index stride) {
    all.measure(a, a_count, b, b_count, out, stride);
    for (Index i = 0; i < a_count; ++i) {
      for (Index j = 0; j < b_count; ++j) {
        out[i * stride + j] = static_cast<float>(static_cast<double>(out[i * stride + j]) / length);
      }
    }
  };
  return divided;
}

PairWeight in_units(PairWeight weight, double length) {
  if (length != 1) weight.b *= std::pow(length, -weight.a);
  return weight;
}

}  // namespace replearn::sammon
