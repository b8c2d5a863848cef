#pragma once
#include <string>

#include "data/neighbor_graph.hpp"
#include "data/sparse_rows.hpp"
#include "methods/tsne/conditionals.hpp"

namespace replearn::tsne {

/// P of a neighbor graph: n x n, symmetric to the bit, sum 1. Of each row the neighbors_needed() nearest count; their
/// p_{j|i} are those of Conditionals, then (paper, eq. 10) p_ij = (p_{j|i} + p_{i|j}) / (2n). The uniform kernel
/// instead gives every pair the same of which either is a neighbor of the other, as openTSNE does (Böhm, Berens and
/// Kobak 2022, "Attraction-repulsion spectrum in neighbor embeddings"). All ranks.
///
/// Cost: see Conditionals and symmetrized(); memory beside the graph, for s = n k / p pairs a rank: 16 s bytes (the
/// result takes 8 to 16), and 24 s more while they travel.
/// Throws InputError if a row has fewer neighbors than that, is its own, names one twice or none, is not sorted by
/// distance, or has a distance that is none.
SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, const Options& options);
/// The same by one perplexity.
SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, double perplexity);

/// P from any symmetric n x n matrix of affinities, divided by its sum. What stands on the diagonal is left out: a
/// point has no affinity with itself. A row may be empty; its point is repelled only. All ranks. `place` names the
/// matrix. Throws InputError if it is not square, not symmetric, all zero, or a value is negative or not finite.
SparseRows given_probabilities(const mpi::Communicator& comm, SparseRows affinities,
                               const std::string& place = "affinities");

}  // namespace replearn::tsne
