#pragma once
#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

namespace replearn {

/// What data and distances are divided by, powers of two, so that their squares are within float32's reach whatever
/// scale they come in: nothing else is rounded by it. 1 for data of an ordinary scale.
struct ScaleUnits {
  double data = 1, length = 1;
};

/// By the largest range of a column (of metrics that do not depend on the scale: by the largest value). All ranks.
ScaleUnits scale_units(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric);
/// The same of rows that every rank has. Local.
ScaleUnits scale_units(const RowMatrix& rows, Metric metric);
/// Of lengths up to this one.
double unit_of_length(double length);

/// x divided by the unit, in `copy`; x itself where the unit is 1. Local.
const DistributedMatrix& in_units(const DistributedMatrix& x, double unit, DistributedMatrix& copy);

}  // namespace replearn
