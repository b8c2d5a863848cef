#pragma once
#include "data/neighbor_graph.hpp"
#include "data/sparse_rows.hpp"

namespace replearn::neighbors {

/// UMAP's fuzzy weights of a neighbor graph (McInnes, Healy and Melville 2018, "UMAP: Uniform Manifold Approximation
/// and Projection", algorithms 2 and 3), as Scanpy writes them to obsp/connectivities: n x n, symmetric to the bit.
///
///   w_ij = exp(-max(0, d_ij - rho_i) / sigma_i),   rho_i: the smallest positive distance,
///   sigma_i such that the weights of row i sum to log2(neighbors + 1);   W = w + w' - w w'
///
/// Details follow umap-learn: local connectivity 1, 64 steps of bisection to 1e-5, sigma at least 1e-3 of the mean
/// distance (of the row; of all rows where rho is 0), and the row itself counts as a neighbor at distance 0 in that
/// mean and in the logarithm. Equal to the bit on any number of ranks. All ranks.
/// Cost: about 25 exponentials per neighbor; one exchange, in which each of the n k pairs travels to the rank of its
/// second row, 12 bytes each.
SparseRows connectivities(const mpi::Communicator& comm, const NeighborGraph& graph);

}  // namespace replearn::neighbors
