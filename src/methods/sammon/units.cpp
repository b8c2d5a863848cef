#include "methods/sammon/units.hpp"

#include <algorithm>
#include <cmath>

#include "mpi/collectives.hpp"

namespace replearn::sammon {

Units units_of(const mpi::Communicator& comm, const DistanceSource& given) {
  const Index rows = std::min<Index>(given.points, 16), columns = std::min<Index>(given.points, 1024);
  double largest = 0;
  mpi::on_root(comm, [&] {
    std::vector<float> some(rows * columns, 0.0f);
    given.measure(0, rows, 0, columns, some.data(), columns);
    for (const float distance : some) {
      if (std::isfinite(distance)) largest = std::max(largest, static_cast<double>(distance));
    }
  });
  Units units;
  units.length = unit_of_length(mpi::broadcast(comm, largest));
  return units;
}

double start_unit(const mpi::Communicator& comm, const DistributedMatrix& start, double length) {
  constexpr int alike = 30;  // scale mismatch, in powers of two, that the first iterations correct
  const double own = scale_units(comm, start, Metric::euclidean).data;
  return std::abs(std::ilogb(own) - std::ilogb(length)) <= alike ? length : own;
}

DistanceSource in_units(DistanceSource given, double length) {
  if (length == 1) return given;
  DistanceSource divided = given;
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
