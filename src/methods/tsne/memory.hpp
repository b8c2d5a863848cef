#pragma once
#include "base/memory_need.hpp"
#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// Estimates the memory from the neighbor search in n x columns data (0: the graph is given) to the last iteration.
/// stored: pairs of a given P; 0: derived from the options. A single rank needs no exchange buffers. Local. What is
/// counted is listed in README.md, "Memory".
MemoryNeed memory_need(Index n, Index columns, const Options& options, int ranks, double stored = 0);

/// Number of nodes with `ranks_of_node` ranks each that suffices if each offers `available` bytes; 0 if no number does.
Index nodes_needed(const MemoryNeed& need, int ranks_of_node, double available);

/// Throws InputError if a node cannot provide the memory that its ranks need; the message states the need, the
/// available memory and the number of nodes that would suffice. available: bytes on this node. All ranks.
void require_memory(const mpi::Communicator& comm, const MemoryNeed& need, double available);

}  // namespace replearn::tsne
