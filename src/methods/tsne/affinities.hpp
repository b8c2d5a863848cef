#pragma once
#include <string>

#include "data/neighbor_graph.hpp"
#include "data/sparse_rows.hpp"
#include "methods/tsne/conditionals.hpp"

namespace replearn::tsne {

/// P of a neighbor graph: n x n, symmetric to the bit, sum 1. The neighbors_needed() nearest neighbors of each row
/// enter; their p_{j|i} come from Conditionals, then (paper, eq. 10) p_ij = (p_{j|i} + p_{i|j}) / (2n). The uniform
/// kernel gives the same value to every pair in which either row is a neighbor of the other, as openTSNE does (Böhm,
/// Berens and Kobak 2022, "Attraction-repulsion spectrum in neighbor embeddings"). All ranks.
///
/// Cost: see Conditionals and symmetrized(). Memory in addition to the graph, for s = n k / p pairs per rank: 16 s
/// bytes (8 to 16 of them for the result), and 24 s more during the exchange.
/// Throws InputError if a row has too few neighbors, contains itself, a duplicate or a missing neighbor, is not sorted
/// by distance, or has an invalid distance.
SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, const Options& options);
/// Convenience overload for a single perplexity.
SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, double perplexity);

/// P from any symmetric n x n matrix of affinities, divided by its sum. The diagonal is ignored: a point has no
/// affinity to itself. Rows may be empty; such a point is only repelled. All ranks. `place` names the matrix in
/// messages.
/// Throws InputError if the matrix is not square, not symmetric, all zero, or contains a negative or non-finite value.
SparseRows given_probabilities(const mpi::Communicator& comm, SparseRows affinities,
                               const std::string& place = "affinities");

}  // namespace replearn::tsne
