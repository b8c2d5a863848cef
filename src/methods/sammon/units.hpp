#pragma once
#include "data/distributed_matrix.hpp"
#include "methods/sammon/given_distances.hpp"
#include "numerics/stress_tile.hpp"

namespace replearn::sammon {

/// What data and distances are divided by, powers of two, so that their squares are within float32's reach whatever
/// scale they come in. E does not depend on them; 1 for data of an ordinary scale.
struct Units {
  double data = 1, length = 1;
};

/// By the largest range of a column (of metrics that do not depend on the scale: by the largest value). All ranks.
Units units_of(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric);
/// The same of rows that every rank has. Local.
Units units_of(const RowMatrix& rows, Metric metric);
/// By the largest of some thousands of distances. All ranks.
Units units_of(const mpi::Communicator& comm, const GivenDistances& given);

/// x divided by the unit, in `copy`; x itself where the unit is 1. Local.
const DistributedMatrix& in_units(const DistributedMatrix& x, double unit, DistributedMatrix& copy);
GivenDistances in_units(GivenDistances given, double length);
/// A weight of distances that are divided by `length`, times length^a, by which E's numerator and denominator alike
/// differ.
PairWeight in_units(PairWeight weight, double length);

}  // namespace replearn::sammon
