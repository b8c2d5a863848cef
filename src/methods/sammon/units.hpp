#pragma once
#include "methods/sammon/distance_source.hpp"
#include "methods/sammon/stress_kernel.hpp"
#include "numerics/scale_units.hpp"

namespace replearn::sammon {

/// Units of data and map. E does not depend on them.
using Units = ScaleUnits;

/// Chosen from the largest of a few thousand distances. All ranks.
Units units_of(const mpi::Communicator& comm, const DistanceSource& given);

/// Divisor for the initial points: `length`, or their own scale if it is very different, as that of random points is.
/// All ranks.
double start_unit(const mpi::Communicator& comm, const DistributedMatrix& start, double length);

DistanceSource in_units(DistanceSource given, double length);
/// Converts a weight to distances divided by `length`: multiplied by length^a, a factor common to numerator and
/// denominator of E.
PairWeight in_units(PairWeight weight, double length);

}  // namespace replearn::sammon
