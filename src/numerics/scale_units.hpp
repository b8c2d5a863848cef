#pragma once
#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

namespace replearn {

/// Units of data and distances, powers of two, by which they are divided so that their squares are within the range of
/// float32 for any input scale, without additional rounding. 1 for data of ordinary scale.
struct ScaleUnits {
  double data = 1, length = 1;
};

/// Determined by the largest range of a column (for scale-invariant metrics: by the largest value). All ranks.
ScaleUnits scale_units(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric);
/// For rows present on every rank. Local.
ScaleUnits scale_units(const RowMatrix& rows, Metric metric);
/// For lengths up to this one.
double unit_of_length(double length);

/// Returns x divided by the unit, in `copy`; x itself if the unit is 1. Local.
const DistributedMatrix& in_units(const DistributedMatrix& x, double unit, DistributedMatrix& copy);

}  // namespace replearn
