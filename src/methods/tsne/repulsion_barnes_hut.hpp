#pragma once
#include "methods/tsne/gradient.hpp"

namespace replearn::tsne {

/// Barnes-Hut repulsion (Barnes and Hut 1986; van der Maaten 2014 for t-SNE): a distant cell acts as one point at its
/// center of mass. A cell is distant from a group of points (a leaf) if its full width is below theta times the
/// distance from its center of mass to the bounding box of the group; first-order errors then cancel, and second-order
/// ones are below theta^2 of the cell's force. theta = 0 is exact. q = 2 or 3.
///
/// Every rank builds the whole tree; groups are distributed over the ranks and their results gathered. Equal to the bit
/// on any number of ranks. All ranks.
/// Throws no exceptions of its own.
/// Cost per rank: sorting n codes; about n / p (log2(n) / theta^2) interactions of (4 q + 6) flops, 16 points at once;
/// 4 q n bytes gathered.
void compute_repulsion_by_tree(const mpi::Communicator& comm, const RowPartition& partition, const MapView& points,
                               double theta, Repulsion& result, double dof = 1);

}  // namespace replearn::tsne
