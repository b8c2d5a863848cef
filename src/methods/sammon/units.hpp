#pragma once
#include "methods/sammon/given_distances.hpp"
#include "numerics/scale_units.hpp"
#include "numerics/stress_tile.hpp"

namespace replearn::sammon {

/// E does not depend on them.
using Units = ScaleUnits;

/// By the largest of some thousands of distances. All ranks.
Units units_of(const mpi::Communicator& comm, const GivenDistances& given);

/// What first points are divided by: `length`, or where they are of quite another scale, as random ones are, their own.
/// All ranks.
double start_unit(const mpi::Communicator& comm, const DistributedMatrix& start, double length);

GivenDistances in_units(GivenDistances given, double length);
/// A weight of distances that are divided by `length`, times length^a, by which E's numerator and denominator alike
/// differ.
PairWeight in_units(PairWeight weight, double length);

}  // namespace replearn::sammon
