#include "methods/tsne/affinities.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "base/log.hpp"
#include "methods/tsne/tsne.hpp"
#include "mpi/collectives.hpp"

namespace replearn::tsne {
namespace {

/// p_{j|i}, on its way to the rank of row j.
struct Entry {
  Index row, column;
  double value;
};

/// Writes exp(-beta e_j) / sum and returns its entropy, log(sum) + beta * (mean of e). e: squared distances less the
/// least of them, so that the sum is 1 or more.
double normalize(std::span<const double> excess, double beta, std::span<double> probabilities) {
  double sum = 0, weighted = 0;
  for (std::size_t j = 0; j < excess.size(); ++j) {
    probabilities[j] = std::exp(-beta * excess[j]);
    sum += probabilities[j];
    weighted += probabilities[j] * excess[j];
  }
  for (double& p : probabilities) p /= sum;
  return std::log(sum) + beta * weighted / sum;
}

void check_row(const NeighborGraph& graph, Index i, Index needed) {
  const Index begin = graph.offsets[static_cast<std::size_t>(i)], end = graph.offsets[static_cast<std::size_t>(i) + 1];
  const Index row = graph.first_row() + i;
  const std::string place = "neighbor graph, row " + std::to_string(row);
  if (end - begin < needed) {
    throw InputError(
        "", place,
        "has " + std::to_string(end - begin) + " neighbors, but the perplexity asks for " + std::to_string(needed),
        "find " + std::to_string(needed) + " neighbors first (--neighbors), or lower --perplexity to " +
            format("%.2f", std::floor(100 * static_cast<double>(end - begin) / 3) / 100));
  }
  for (Index at = begin; at < end; ++at) {
    const Index j = graph.indices[static_cast<std::size_t>(at)];
    const float distance = graph.distances[static_cast<std::size_t>(at)];
    if (j < 0 || j >= graph.rows() || j == row) {
      throw InputError("", place, "names " + std::to_string(j) + " as a neighbor", "find the neighbors anew");
    }
    if (!(distance >= 0) || !std::isfinite(distance)) {
      throw InputError("", place, "has a distance that is negative or not finite",
                       "scale the data, or find the neighbors anew");
    }
  }
}

/// p_{j|i} of my rows as entries (i, j, p), by row, within a row by column.
std::vector<Entry> conditional_entries(const NeighborGraph& graph, double perplexity, Index k) {
  std::vector<Entry> entries;
  entries.reserve(static_cast<std::size_t>(graph.local_rows() * k));
  std::vector<double> probabilities(static_cast<std::size_t>(k));
  for (Index i = 0; i < graph.local_rows(); ++i) {
    const auto begin = static_cast<std::size_t>(graph.offsets[static_cast<std::size_t>(i)]);
    conditional_probabilities({graph.distances.data() + begin, static_cast<std::size_t>(k)}, perplexity, probabilities);
    const auto row_start = static_cast<std::ptrdiff_t>(entries.size());
    for (std::size_t j = 0; j < probabilities.size(); ++j) {
      entries.push_back({graph.first_row() + i, graph.indices[begin + j], probabilities[j]});
    }
    std::sort(entries.begin() + row_start, entries.end(),
              [](const Entry& a, const Entry& b) { return a.column < b.column; });
  }
  return entries;
}

/// Entries (i, j, p) of all ranks as (j, i, p) on the rank of row j, by row, within a row by column.
std::vector<Entry> transposed(const mpi::Communicator& comm, const NeighborGraph& graph,
                              const std::vector<Entry>& entries) {
  std::vector<std::vector<Entry>> outgoing(static_cast<std::size_t>(comm.size()));
  for (const Entry& e : entries) {
    outgoing[static_cast<std::size_t>(graph.partition.owner(e.column))].push_back({e.column, e.row, e.value});
  }
  std::vector<Entry> mine;
  for (const auto& incoming : mpi::all_to_all_v(comm, outgoing)) {
    mine.insert(mine.end(), incoming.begin(), incoming.end());
  }
  // Ranks and, on each, rows come in ascending order: so do the columns of a row here.
  std::stable_sort(mine.begin(), mine.end(), [](const Entry& a, const Entry& b) { return a.row < b.row; });
  return mine;
}

}  // namespace

void conditional_probabilities(std::span<const float> distances, double perplexity, std::span<double> probabilities) {
  constexpr double tolerance = 1e-6;
  constexpr int most_steps = 200;
  std::vector<double> excess(distances.size());
  const double nearest = static_cast<double>(distances.front());
  double mean = 0;
  for (std::size_t j = 0; j < excess.size(); ++j) {
    const double d = static_cast<double>(distances[j]);
    excess[j] = (d - nearest) * (d + nearest);
    mean += excess[j] / static_cast<double>(excess.size());
  }
  if (mean == 0) {
    std::fill(probabilities.begin(), probabilities.end(), 1 / static_cast<double>(probabilities.size()));
    return;
  }
  // The entropy falls as beta grows, from log(k) at 0.
  double low = 0, high = std::numeric_limits<double>::infinity(), beta = 1 / mean;
  for (int step = 0; step < most_steps; ++step) {
    const double above = normalize(excess, beta, probabilities) - std::log(perplexity);
    if (std::abs(above) < tolerance) return;
    (above > 0 ? low : high) = beta;
    beta = std::isinf(high) ? 2 * beta : (low + high) / 2;
  }
}

SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, double perplexity) {
  return joint_probabilities(comm, graph, perplexity, neighbors_needed(perplexity, graph.rows()));
}

SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, double perplexity, Index k) {
  const Index n = graph.rows();
  mpi::together(comm, [&] {
    for (Index i = 0; i < graph.local_rows(); ++i) check_row(graph, i, k);
  });
  const auto outward = conditional_entries(graph, perplexity, k);
  const auto inward = transposed(comm, graph, outward);

  SparseRows joint{graph.partition, graph.rank, n, {0}, {}, {}};
  const double share = 1 / (2 * static_cast<double>(n));
  auto out = outward.begin(), in = inward.begin();
  for (Index i = 0; i < graph.local_rows(); ++i) {
    const Index row = graph.first_row() + i;
    while (true) {
      const bool has_out = out != outward.end() && out->row == row, has_in = in != inward.end() && in->row == row;
      if (!has_out && !has_in) break;
      const Index column = std::min(has_out ? out->column : n, has_in ? in->column : n);
      double forth = 0, back = 0;
      if (has_out && out->column == column) forth = (out++)->value;
      if (has_in && in->column == column) back = (in++)->value;
      joint.indices.push_back(static_cast<std::int32_t>(column));
      joint.values.push_back(static_cast<float>((forth + back) * share));
    }
    joint.offsets.push_back(static_cast<Index>(joint.values.size()));
  }
  return joint;
}

}  // namespace replearn::tsne
