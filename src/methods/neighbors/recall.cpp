#include "methods/neighbors/recall.hpp"

#include <algorithm>
#include <numeric>

#include "base/random.hpp"
#include "methods/neighbors/tile_pair_search.hpp"
#include "mpi/collectives.hpp"

namespace replearn::neighbors {
namespace {

std::vector<Index> draw_rows(Index n, Index count, std::uint64_t seed) {
  std::vector<Index> rows;
  count = std::min(count, n);
  for (Index s = 0; s < count; ++s) {
    const Index begin = n * s / count, end = n * (s + 1) / count;
    RandomStream random(seed, Purpose::neighbor_recall, static_cast<std::uint64_t>(s));
    rows.push_back(begin + static_cast<Index>(random.uniform() * static_cast<double>(end - begin)));
  }
  return rows;
}

}  // namespace

ExactSample exact_sample(const mpi::Communicator& comm, Metric metric, const DistributedMatrix& prepared, Index k,
                         Index count, std::uint64_t seed) {
  ExactSample sample{draw_rows(prepared.rows(), count, seed), k, {}};
  const Index columns = prepared.columns(), size = static_cast<Index>(sample.rows.size());
  std::vector<float> mine;
  for (const Index row : sample.rows) {
    const Index local = row - prepared.first_row();
    if (local < 0 || local >= prepared.local_rows()) continue;
    const float* values = prepared.local.data() + local * columns;
    mine.insert(mine.end(), values, values + columns);
  }
  const auto values = mpi::all_gather_v(comm, mine);

  const SearchFrame frame = search_frame(comm, prepared.local);
  TilePairSearch search(metric, frame, columns);
  SearchRows asking{
      values.data(), sample.rows, {frame, values.data(), size, columns, tile_panels(columns)}, {k + 1, size}};
  constexpr Index stretch = 4096;
  for (Index begin = 0; begin < prepared.local_rows(); begin += stretch) {
    const Index rows = std::min(stretch, prepared.local_rows() - begin);
    const float* of_rows = prepared.local.data() + begin * columns;
    SearchRows asked{
        of_rows, std::vector<Index>(rows), {frame, of_rows, rows, columns, tile_panels(columns)}, {1, rows}};
    std::iota(asked.ids.begin(), asked.ids.end(), prepared.first_row() + begin);
    for (Index i = 0; i < rows; ++i) asked.lists.set_radius(i, 0);  // these rows search for no neighbors
    search.set_radii_from_lists(asked);
    for (Index i = 0; i < asking.packed.tiles(); ++i) {
      for (Index j = 0; j < asked.packed.tiles(); ++j) search.search_pairs(asking, i, asked, j);
    }
  }

  // Merges the lists of all ranks: k + 1 entries per row and rank, fewer if a rank has fewer rows.
  constexpr Key none = ~Key{0};
  std::vector<Key> found(size * (k + 1), none);
  for (Index s = 0; s < size; ++s) {
    const auto best = asking.lists.sorted(s);
    std::copy(best.begin(), best.end(), found.begin() + s * (k + 1));
  }
  const auto all = mpi::all_gather_v(comm, found);
  std::vector<Key> keys;
  for (Index s = 0; s < size; ++s) {
    keys.clear();
    for (int r = 0; r < comm.size(); ++r) {
      const auto begin = all.begin() + (r * size + s) * (k + 1);
      std::copy_if(begin, begin + k + 1, std::back_inserter(keys),
                   [&](Key key) { return key != none && index_of(key) != sample.rows[s]; });
    }
    std::sort(keys.begin(), keys.end());
    sample.keys.insert(sample.keys.end(), keys.begin(), keys.begin() + k);
  }
  return sample;
}

double recall_estimate(const mpi::Communicator& comm, const ExactSample& sample, const NeighborGraph& graph) {
  Index found = 0;
  for (std::size_t s = 0; s < sample.rows.size(); ++s) {
    const Index local = sample.rows[s] - graph.first_row();
    if (local < 0 || local >= graph.local_rows()) continue;
    const float farthest = distance_of(sample.keys[(s + 1) * sample.k - 1]);
    for (Index e = graph.offsets[local]; e < graph.offsets[local + 1]; ++e) {
      found += graph.distances[e] <= farthest ? 1 : 0;
    }
  }
  found = mpi::all_reduce(comm, found, mpi::Reduction::sum);
  return static_cast<double>(found) / static_cast<double>(sample.keys.size());
}

}  // namespace replearn::neighbors
