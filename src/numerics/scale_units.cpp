#include "numerics/scale_units.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "mpi/collectives.hpp"

namespace replearn {
namespace {

/// The power of two below `length`, or 1 if the magnitude of its exponent does not exceed this limit; data are then not
/// copied.
constexpr int ordinary_exponent = 20;

double unit_below(double length) {
  if (!(length > 0) || !std::isfinite(length)) return 1;
  const int exponent = std::ilogb(length);
  return std::abs(exponent) <= ordinary_exponent ? 1 : std::ldexp(1.0, std::clamp(exponent, -126, 126));
}

/// Exponent with which distances scale with the data.
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

ScaleUnits scale_units(const Ranges& ranges, Metric metric) {
  const int power = degree(metric);
  double length = 0;
  for (std::size_t j = 0; j < ranges.low.size(); ++j) {
    const auto from = static_cast<double>(ranges.low[j]), to = static_cast<double>(ranges.high[j]);
    length = std::max(length, power == 0 ? std::max(std::abs(from), std::abs(to)) : to - from);
  }
  ScaleUnits units;
  units.data = unit_below(length);
  units.length = std::pow(units.data, power);
  return units;
}

}  // namespace

ScaleUnits scale_units(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric) {
  auto ranges = ranges_of(x.local, x.columns());
  mpi::all_reduce(comm, std::span<float>(ranges.low), mpi::Reduction::min);
  mpi::all_reduce(comm, std::span<float>(ranges.high), mpi::Reduction::max);
  return scale_units(ranges, metric);
}

ScaleUnits scale_units(const RowMatrix& rows, Metric metric) {
  return scale_units(ranges_of(rows, rows.cols()), metric);
}

double unit_of_length(double length) {
  return unit_below(length);
}

const DistributedMatrix& in_units(const DistributedMatrix& x, double unit, DistributedMatrix& copy) {
  if (unit == 1) return x;
  copy = DistributedMatrix(x.partition, x.rank, x.columns());
  copy.local = (x.local.cast<double>() / unit).cast<float>();
  return copy;
}

}  // namespace replearn
