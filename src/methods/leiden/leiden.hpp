#pragma once
#include "data/sparse_rows.hpp"
#include "methods/leiden/graph.hpp"
#include "methods/leiden/options.hpp"

namespace replearn::leiden {

struct Results {
  Communities communities;  ///< of all rows, on every rank: 0, 1, ... by descending size, then by their first rows
  Index count = 0;
  /// Modularity with the resolution as gamma, between -gamma and 1; or the CPM's sum over communities of
  /// e - gamma n (n - 1) / 2.
  double quality = 0;
  Index iterations = 0;  ///< done, the last ones without improvement included
};

/// The Leiden algorithm (Traag, Waltman and van Eck 2019, "From Louvain to Leiden: guaranteeing well-connected
/// communities"): nodes move to better communities, communities are refined, the graph of the subsets is treated in the
/// same way, until nothing moves; repeated from the communities found.
///
/// The nodes of a part (1 / 64 of a large graph, one at a time below 20,000 nodes) move at once, so that the result
/// does not depend on the number of ranks, to the bit. Of two iterations the better one counts. Communities are
/// connected: what a simultaneous move has cut off becomes a community of its own, which increases the quality.
///
/// weights: symmetric n x n, such as neighbors::connectivities. All ranks. Throws InputError for options and graphs
/// that do not fit. Memory per rank: 12 bytes per stored weight of its rows, about 60 bytes per node of the whole graph.
Results leiden(const mpi::Communicator& comm, const SparseRows& weights, const Options& options);

}  // namespace replearn::leiden
