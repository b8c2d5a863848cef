#pragma once
#include <span>
#include <vector>

#include "data/neighbor_graph.hpp"
#include "data/sparse_rows.hpp"

namespace replearn::tsne {

/// p_{j|i} of one row's neighbours (van der Maaten and Hinton 2008, eq. 1): exp(-beta d_j^2), normalised, with the
/// beta at which the entropy is log(perplexity) to 1e-6 nats, found by bisection. distances: not squared, ascending,
/// finite. Where no beta does it (more neighbours tie for the nearest than the perplexity asks, duplicates say) the
/// nearest share alike. Local. Cost: about 25 exponentials a neighbour.
void conditional_probabilities(std::span<const float> distances, double perplexity, std::span<double> probabilities);

/// P of the paper's eq. 10 over the neighbour graph, p_ij = (p_{j|i} + p_{i|j}) / (2n): n x n, symmetric to the bit,
/// sum 1. Of each row the neighbors_needed(perplexity, n) nearest count. All ranks.
/// Cost: one exchange, in which each of the n k pairs travels to the rank of its second row, 24 bytes each.
/// Throws InputError if a row has fewer neighbours than that, is its own, or has a distance that is none.
SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, double perplexity);
/// The same of the k nearest of each row, k from neighbors_needed() to n - 1.
SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, double perplexity, Index k);

}  // namespace replearn::tsne
