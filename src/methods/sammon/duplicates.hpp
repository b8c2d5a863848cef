#pragma once
#include <vector>

#include "methods/sammon/distance_source.hpp"

namespace replearn::sammon {

/// For each point the first point at distance 0, which is itself if no earlier one is. All ranks; the same on each.
/// Cost: all pairs are measured once.
std::vector<Index> first_duplicates(const mpi::Communicator& comm, const DistanceSource& given);

/// First duplicates of rows, with the same result. Rows with equal values are found by sorting hashes, n log n; pairs
/// are measured only among rows whose differences may be lost to rounding beside far larger values. With cosine and
/// correlation, different rows can be at distance 0, so all pairs are measured.
/// Throws InputError if a value is not finite.
std::vector<Index> first_duplicates(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric);

/// Number of points whose first duplicate is another one.
Index number_of_duplicates(const std::vector<Index>& first_duplicate);

}  // namespace replearn::sammon
