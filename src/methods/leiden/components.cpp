#include "methods/leiden/components.hpp"

#include <algorithm>
#include <numeric>

#include "mpi/collectives.hpp"

namespace replearn::leiden {

Communities connected_parts(const mpi::Communicator& comm, const Graph& graph, const Communities& communities) {
  Communities lowest(communities.size());
  std::iota(lowest.begin(), lowest.end(), 0);
  std::vector<std::int32_t> mine(static_cast<std::size_t>(graph.local_nodes()));
  while (true) {
    for (Index i = 0; i < graph.local_nodes(); ++i) {
      const auto node = static_cast<std::size_t>(graph.first() + i);
      auto low = lowest[node];
      for (Index e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
        const auto other = static_cast<std::size_t>(graph.neighbors[e]);
        if (communities[other] == communities[node]) low = std::min(low, lowest[other]);
      }
      mine[static_cast<std::size_t>(i)] = low;
    }
    Communities next = comm.size() > 1 ? mpi::all_gather_v(comm, mine) : mine;
    for (auto& low : next) low = next[static_cast<std::size_t>(low)];  // shortcuts: of a node to that of its lowest
    if (next == lowest) return lowest;
    lowest.swap(next);
  }
}

}  // namespace replearn::leiden
