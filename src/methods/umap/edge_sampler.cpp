#include "methods/umap/edge_sampler.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "mpi/collectives.hpp"

namespace replearn::umap {

float largest_weight(const mpi::Communicator& comm, const SparseRows& graph) {
  if (graph.columns != graph.rows()) {
    throw InputError("", "the graph", "is not square", "use the graph of replearn neighbors");
  }
  float largest = 0;
  mpi::run_collectively(comm, [&] {
    for (const float weight : graph.values) {
      if (!std::isfinite(weight) || weight < 0) {
        throw InputError("", "the graph", "has a weight that is negative or not finite", "run replearn neighbors again");
      }
      largest = std::max(largest, weight);
    }
  });
  largest = mpi::all_reduce(comm, largest, mpi::Reduction::max);
  if (largest == 0) throw InputError("", "the graph", "has no edges", "run replearn neighbors first");
  return largest;
}

EdgeSampler::EdgeSampler(const mpi::Communicator& comm, SparseRows graph, Index epochs, std::uint64_t seed)
    : graph_(std::move(graph)), samples_(parts) {
  RandomStream stream(seed, Purpose::umap_edges, 0);
  key_ = std::uint64_t{stream.next_u32()} << 32;
  key_ |= stream.next_u32();
  const float largest = largest_weight(comm, graph_);
  std::size_t kept = 0;
  Index begin = 0;
  for (std::size_t i = 0; i + 1 < graph_.offsets.size(); ++i) {
    const Index end = graph_.offsets[i + 1];
    for (Index at = begin; at < end; ++at) {
      const float rate = graph_.values[at] / largest;
      if (rate * static_cast<float>(epochs) < 1) continue;
      graph_.values[kept] = rate;
      graph_.indices[kept] = graph_.indices[at];
      ++kept;
    }
    begin = end;
    graph_.offsets[i + 1] = static_cast<Index>(kept);
  }
  graph_.values.resize(kept);
  graph_.indices.resize(kept);
}

const std::vector<std::vector<EdgeSample>>& EdgeSampler::draw(Index epoch) {
  const auto n = static_cast<std::uint64_t>(graph_.rows());
  const auto before = static_cast<double>(epoch), after = static_cast<double>(epoch + 1);
  for (auto& part : samples_) part.clear();
  for (Index i = 0; i < graph_.local_rows(); ++i) {
    const auto row = static_cast<std::uint64_t>(graph_.first_row() + i);
    for (Index at = graph_.offsets[i]; at < graph_.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
      const auto other = static_cast<std::uint64_t>(graph_.indices[at]);
      if (other == row) continue;
      const auto rate = static_cast<double>(graph_.values[at]);
      for (const bool is_head : {true, false}) {
        const std::uint64_t number = is_head ? number_of_pair(key_, row, other, n) : number_of_pair(key_, other, row, n);
        const double offset = static_cast<double>(number >> 11) * 0x1p-53;
        // The number of samples up to a time t is floor(rate t + offset).
        const double samples_before = std::floor(rate * before + offset);
        if (std::floor(rate * after + offset) == samples_before) continue;
        const double time = (samples_before + 1 - offset) / rate - before;
        const auto part = static_cast<std::size_t>(std::clamp(time * parts, 0.0, parts - 1.0));
        samples_[part].push_back({static_cast<std::int32_t>(i), graph_.indices[at], is_head});
      }
    }
  }
  return samples_;
}

}  // namespace replearn::umap
