#include "methods/neighbors/connectivities.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::neighbors {
namespace {

constexpr double tolerance = 1e-5, min_share_of_mean = 1e-3;
constexpr int max_steps = 64;

/// w_ij, sent to the rank of row j.
struct Entry {
  std::int32_t row, column;
  float value;
};

std::span<const float> distances_of(const NeighborGraph& graph, Index i) {
  const auto begin = static_cast<std::size_t>(graph.offsets[i]);
  const auto end = static_cast<std::size_t>(graph.offsets[static_cast<std::size_t>(i) + 1]);
  return std::span(graph.distances).subspan(begin, end - begin);
}

double sum_of(std::span<const float> distances) {
  double sum = 0;
  for (const float d : distances) sum += static_cast<double>(d);
  return sum;
}

/// Mean over all rows, each including itself at distance 0.
double mean_distance(const mpi::Communicator& comm, const NeighborGraph& graph) {
  const RowPartition& partition = graph.partition;
  std::vector<double> partials;
  for (Index block = partition.first_block(graph.rank); block < partition.end_block(graph.rank); ++block) {
    double sum = 0;
    for (Index row = partition.block_begin(block); row < partition.block_end(block); ++row) {
      sum += sum_of(distances_of(graph, row - graph.first_row()));
    }
    partials.push_back(sum);
  }
  const Index entries =
      mpi::all_reduce(comm, static_cast<Index>(graph.distances.size()) + graph.local_rows(), mpi::Reduction::sum);
  return mpi::reproducible_sum(comm, partials, partition.blocks()) / static_cast<double>(entries);
}

double min_positive(std::span<const float> distances) {
  for (const float d : distances) {  // in ascending order
    if (d > 0) return static_cast<double>(d);
  }
  return 0;
}

/// The sigma for which the weights sum to log2(neighbors + 1), by bisection with at most 64 steps.
double bandwidth(std::span<const float> distances, double rho, double mean_of_all) {
  const auto count = static_cast<double>(distances.size() + 1);
  const double target = std::log2(count);
  double low = 0, high = std::numeric_limits<double>::infinity(), sigma = 1;
  for (int step = 0; step < max_steps; ++step) {
    double sum = 0;
    for (const float d : distances) {
      const double beyond = static_cast<double>(d) - rho;
      sum += beyond > 0 ? std::exp(-beyond / sigma) : 1;
    }
    if (std::abs(sum - target) < tolerance) break;
    (sum > target ? high : low) = sigma;
    sigma = std::isinf(high) ? 2 * sigma : (low + high) / 2;
  }
  return std::max(sigma, min_share_of_mean * (rho > 0 ? sum_of(distances) / count : mean_of_all));
}

/// w_ij of the local rows, by row and column.
std::vector<Entry> weights_of(const NeighborGraph& graph, double mean_of_all) {
  std::vector<Entry> entries;
  entries.reserve(graph.indices.size());
  for (Index i = 0; i < graph.local_rows(); ++i) {
    const auto distances = distances_of(graph, i);
    const double rho = min_positive(distances), sigma = bandwidth(distances, rho, mean_of_all);
    const auto row_start = static_cast<std::ptrdiff_t>(entries.size());
    for (std::size_t j = 0; j < distances.size(); ++j) {
      const Index column = graph.indices[static_cast<std::size_t>(graph.offsets[i]) + j];
      const double beyond = static_cast<double>(distances[j]) - rho;
      const auto weight = static_cast<float>(beyond <= 0 || sigma == 0 ? 1 : std::exp(-beyond / sigma));
      if (!(weight > 0)) continue;
      entries.push_back({static_cast<std::int32_t>(graph.first_row() + i), static_cast<std::int32_t>(column), weight});
    }
    std::sort(entries.begin() + row_start, entries.end(),
              [](const Entry& a, const Entry& b) { return a.column < b.column; });
  }
  return entries;
}

/// Transposes the entries (i, j, w) of all ranks to (j, i, w) on the rank of row j, by row and column. Collective.
std::vector<Entry> transposed(const mpi::Communicator& comm, const NeighborGraph& graph,
                              const std::vector<Entry>& entries) {
  std::vector<std::vector<Entry>> outgoing(comm.size());
  for (const Entry& e : entries) {
    outgoing[graph.partition.owner(e.column)].push_back({e.column, e.row, e.value});
  }
  std::vector<Entry> mine;
  for (const auto& incoming : mpi::all_to_all_v(comm, outgoing)) {
    mine.insert(mine.end(), incoming.begin(), incoming.end());
  }
  // Ranks and their rows are in ascending order, hence also the columns of a row here.
  std::stable_sort(mine.begin(), mine.end(), [](const Entry& a, const Entry& b) { return a.row < b.row; });
  return mine;
}

}  // namespace

SparseRows connectivities(const mpi::Communicator& comm, const NeighborGraph& graph) {
  const auto outward = weights_of(graph, mean_distance(comm, graph));
  const auto inward = transposed(comm, graph, outward);
  SparseRows joint{graph.partition, graph.rank, graph.rows(), {0}, {}, {}};
  auto out = outward.begin(), in = inward.begin();
  for (Index i = 0; i < graph.local_rows(); ++i) {
    const auto row = static_cast<std::int32_t>(graph.first_row() + i);
    while (true) {
      const bool has_out = out != outward.end() && out->row == row, has_in = in != inward.end() && in->row == row;
      if (!has_out && !has_in) break;
      const auto last = std::numeric_limits<std::int32_t>::max();
      const std::int32_t column = std::min(has_out ? out->column : last, has_in ? in->column : last);
      double forth = 0, back = 0;
      if (has_out && out->column == column) forth = static_cast<double>((out++)->value);
      if (has_in && in->column == column) back = static_cast<double>((in++)->value);
      joint.indices.push_back(column);
      joint.values.push_back(static_cast<float>(forth + back - forth * back));
    }
    joint.offsets.push_back(static_cast<Index>(joint.values.size()));
  }
  return joint;
}

}  // namespace replearn::neighbors
