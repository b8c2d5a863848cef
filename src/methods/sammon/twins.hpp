#pragma once
#include <vector>

#include "methods/sammon/given_distances.hpp"

namespace replearn::sammon {

/// For each point the first one at distance 0 from it, itself if none before it is. All ranks; the same on each.
/// Cost: all pairs are measured once.
std::vector<Index> first_duplicates(const mpi::Communicator& comm, const GivenDistances& given);

/// The same of rows, the same answer. Rows with the same values are found by sorting hashes, n log n; pairs are
/// measured only among rows whose differences may be lost beside far larger values. By cosine and correlation rows that
/// differ are at distance 0 too: there all pairs are measured. Throws InputError if a value is not finite.
std::vector<Index> first_duplicates(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric);

}  // namespace replearn::sammon
