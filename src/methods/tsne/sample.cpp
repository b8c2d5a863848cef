#include "methods/tsne/sample.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/random.hpp"
#include "mpi/collectives.hpp"

namespace replearn::tsne {

std::vector<std::uint8_t> random_sample(const mpi::Communicator& comm, const RowPartition& partition, Index count,
                                        std::uint64_t seed) {
  struct Draw {
    double number;
    Index row;
    auto operator<=>(const Draw&) const = default;
  };
  std::vector<Draw> mine;
  for (Index row = partition.begin(comm.rank()); row < partition.end(comm.rank()); ++row) {
    mine.push_back({RandomStream(seed, Purpose::tsne_sample, static_cast<std::uint64_t>(row)).uniform(), row});
  }
  auto all = mpi::all_gather_v(comm, mine);
  const auto winners = all.begin() + count;
  std::nth_element(all.begin(), winners, all.end());
  std::vector<std::uint8_t> sampled(mine.size(), 0);
  for (auto at = all.begin(); at != winners; ++at) {
    if (at->row >= partition.begin(comm.rank()) && at->row < partition.end(comm.rank())) {
      sampled[at->row - partition.begin(comm.rank())] = 1;
    }
  }
  return sampled;
}

void put_sample(const mpi::Communicator& comm, const std::vector<std::uint8_t>& sampled, const RowMatrix& sample_map,
                RowMatrix& points) {
  const Index mine = std::accumulate(sampled.begin(), sampled.end(), Index{0});
  const auto counts = mpi::all_gather(comm, mine);
  Index row = std::accumulate(counts.begin(), counts.begin() + comm.rank(), Index{0});
  for (std::size_t i = 0; i < sampled.size(); ++i) {
    if (sampled[i]) points.row(static_cast<Index>(i)) = sample_map.row(row++);
  }
}

}  // namespace replearn::tsne
