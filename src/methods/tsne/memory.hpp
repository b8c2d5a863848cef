#pragma once
#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// Bytes that a t-SNE takes at its peak, about: of every rank, however many there are; shared among the ranks; of every
/// node, however many ranks it has.
struct MemoryNeed {
  double of_each_rank = 0, shared = 0, of_each_node = 0;
  /// On a node with `ranks` of the `ranks_in_all`.
  double on_node(int ranks, int ranks_in_all) const {
    return ranks * of_each_rank + shared * ranks / ranks_in_all + of_each_node;
  }
};

/// From finding neighbors in n x columns data (0: the graph is there) to the last iteration. stored: pairs of a P that
/// is given; 0: the graph that the options ask for. One rank is spared the exchange. Local.
///
/// Counted, s = n k / p pairs a rank: the graph, 12 s bytes (a given matrix, 8 s); the larger of what the search takes
/// (neighbors.hpp: lists of two ranks, 32 s, and four copies of the data) and P while it is made, 16 s, or 32 s
/// where parts of it travel between ranks; of the map, 8 q bytes a point and node, 40 a point and rank, 100 more for a
/// tree; the grid of a map some 1.5 sqrt(n) nodes wide, at most 2,000; 40 q n / p for forces and steps; frames; 64 MB a
/// rank for libraries.
MemoryNeed memory_need(Index n, Index columns, const Options& options, int ranks, double stored = 0);

/// How many nodes of `ranks_of_node` ranks would do if each can give `available` bytes; 0: no number of them.
Index nodes_needed(const MemoryNeed& need, int ranks_of_node, double available);

/// Throws InputError if a node cannot give what its ranks need: how much that is, how much there is, and how many nodes
/// would do. available: of this node, in bytes. All ranks.
void require_memory(const mpi::Communicator& comm, const MemoryNeed& need, double available);

}  // namespace replearn::tsne
