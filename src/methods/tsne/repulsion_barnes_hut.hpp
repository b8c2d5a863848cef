#pragma once
#include "methods/tsne/gradient.hpp"

namespace replearn::tsne {

/// Repulsion by the tree of Barnes and Hut (1986; van der Maaten 2014 for t-SNE): a far cell acts as one point at its
/// center of mass. A cell is far from a group of points (a leaf) if its full width is below theta times the distance of
/// its center of mass from the box around the group; the errors of the first order then cancel, those of the second
/// are below theta^2 of the cell's action. theta = 0: exact. q = 2 or 3.
///
/// Every rank builds the whole tree; groups are dealt to the ranks, and what they find is gathered. Equal to the bit on
/// any number of ranks. All ranks. Throws nothing of its own.
/// Cost per rank: a sort of n; some n / p (log2(n) / theta^2) interactions of (4 q + 6) flops, 16 points at once; 4 q n
/// bytes gathered.
void repel_by_tree(const mpi::Communicator& comm, const RowPartition& partition, const MapView& points, double theta,
                   Repulsion& result, double dof = 1);

}  // namespace replearn::tsne
