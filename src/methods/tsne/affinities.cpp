#include "methods/tsne/affinities.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "methods/tsne/symmetrize.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

std::string hint_for_too_few(const Options& options, Index there, Index needed) {
  const std::string find = "find " + std::to_string(needed) + " neighbors first (--neighbors), or lower ";
  if (options.affinities != AffinityKind::perplexity) return find + "--affinity-neighbors";
  return find + "--perplexity to " + fmt::format("{:.2f}", std::floor(100 * static_cast<double>(there) / 3) / 100);
}

void check_row(const NeighborGraph& graph, Index i, Index needed, const Options& options) {
  const Index begin = graph.offsets[i], end = graph.offsets[static_cast<std::size_t>(i) + 1];
  const Index row = graph.first_row() + i;
  const std::string place = "neighbor graph, row " + std::to_string(row);
  if (end - begin < needed) {
    throw InputError(
        "", place,
        "has " + std::to_string(end - begin) + " neighbors, but the affinities require " + std::to_string(needed),
        hint_for_too_few(options, end - begin, needed));
  }
  for (Index at = begin; at < end; ++at) {
    const Index j = graph.indices[at];
    const float distance = graph.distances[at];
    if (j < 0 || j >= graph.rows() || j == row) {
      throw InputError("", place, "names " + std::to_string(j) + " as a neighbor", "recompute the neighbors");
    }
    if (!(distance >= 0) || !std::isfinite(distance)) {
      throw InputError("", place, "has a distance that is negative or not finite",
                       "scale the data, or recompute the neighbors");
    }
    if (at > begin && distance < graph.distances[static_cast<std::size_t>(at) - 1]) {
      throw InputError("", place, "is not sorted by distance", "sort its neighbors by distance");
    }
  }
}

/// p_{j|i} of the local rows in float32, columns ascending.
SparseRows conditional_rows(const NeighborGraph& graph, const Options& options, Index k) {
  SparseRows rows{graph.partition, graph.rank, graph.rows(), {0}, {}, {}};
  const auto stored = static_cast<std::size_t>(graph.local_rows() * k);
  rows.indices.reserve(stored);
  rows.values.reserve(stored);
  Conditionals conditionals(options);
  std::vector<double> probabilities(k);
  std::vector<std::pair<std::int32_t, float>> row(k);
  for (Index i = 0; i < graph.local_rows(); ++i) {
    const auto begin = static_cast<std::size_t>(graph.offsets[i]);
    conditionals.of_row({graph.distances.data() + begin, static_cast<std::size_t>(k)}, probabilities);
    for (std::size_t j = 0; j < row.size(); ++j) {
      row[j] = {static_cast<std::int32_t>(graph.indices[begin + j]), static_cast<float>(probabilities[j])};
    }
    std::sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [column, p] : row) {
      if (!rows.indices.empty() && static_cast<Index>(rows.indices.size()) > rows.offsets.back() &&
          rows.indices.back() == column) {
        throw InputError("", "neighbor graph, row " + std::to_string(graph.first_row() + i),
                         "names " + std::to_string(column) + " twice", "recompute the neighbors");
      }
      rows.indices.push_back(column);
      rows.values.push_back(p);
    }
    rows.offsets.push_back(static_cast<Index>(rows.indices.size()));
  }
  return rows;
}

/// Removes the diagonal by compaction. Throws for invalid affinities.
void drop_diagonal(SparseRows& matrix, const std::string& place) {
  std::size_t to = 0;
  Index begin = 0;
  for (std::size_t i = 0; i + 1 < matrix.offsets.size(); ++i) {
    const Index row = matrix.first_row() + static_cast<Index>(i), end = matrix.offsets[i + 1];
    std::int32_t before = 0;
    for (auto at = static_cast<std::size_t>(begin); at < static_cast<std::size_t>(end); ++at) {
      const float value = matrix.values[at];
      if (!(value >= 0) || !std::isfinite(value)) {
        throw InputError("", place + ", row " + std::to_string(row),
                         fmt::format("holds {:g} in column {}", static_cast<double>(value), matrix.indices[at]),
                         "affinities must be finite and nonnegative");
      }
      if (matrix.indices[at] < 0 || matrix.indices[at] >= matrix.columns) {
        throw InputError("", place + ", row " + std::to_string(row),
                         "names column " + std::to_string(matrix.indices[at]) + " of " + std::to_string(matrix.columns),
                         "write the matrix again");
      }
      if (at > static_cast<std::size_t>(begin) && matrix.indices[at] <= before) {
        throw InputError("", place + ", row " + std::to_string(row), "has columns that are not ascending",
                         "sort its indices and remove duplicates");
      }
      before = matrix.indices[at];
      if (matrix.indices[at] == row) continue;
      matrix.indices[to] = matrix.indices[at];
      matrix.values[to++] = value;
    }
    begin = end;
    matrix.offsets[i + 1] = static_cast<Index>(to);
  }
  matrix.indices.resize(to);
  matrix.values.resize(to);
}

double sum_of(const mpi::Communicator& comm, const SparseRows& matrix) {
  const RowPartition& partition = matrix.partition;
  std::vector<double> partials;
  for (Index block = partition.first_block(matrix.rank); block < partition.end_block(matrix.rank); ++block) {
    double sum = 0;
    const auto begin = static_cast<std::size_t>(partition.block_begin(block) - matrix.first_row());
    const auto end = static_cast<std::size_t>(partition.block_end(block) - matrix.first_row());
    for (Index at = matrix.offsets[begin]; at < matrix.offsets[end]; ++at) {
      sum += static_cast<double>(matrix.values[at]);
    }
    partials.push_back(sum);
  }
  return mpi::reproducible_sum(comm, partials, partition.blocks());
}

}  // namespace

SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, const Options& options) {
  const Index n = graph.rows(), k = options.neighbors_needed(n);
  auto rows = mpi::run_collectively(comm, [&] {
    for (Index i = 0; i < graph.local_rows(); ++i) check_row(graph, i, k, options);
    return conditional_rows(graph, options, k);
  });
  const auto pairing = options.affinities == AffinityKind::uniform ? Pairing::either : Pairing::mean;
  return symmetrized(comm, std::move(rows), pairing, static_cast<double>(n), "neighbor graph");
}

SparseRows joint_probabilities(const mpi::Communicator& comm, const NeighborGraph& graph, double perplexity) {
  Options options;
  options.perplexity = {perplexity};
  return joint_probabilities(comm, graph, options);
}

SparseRows given_probabilities(const mpi::Communicator& comm, SparseRows affinities, const std::string& place) {
  if (affinities.columns != affinities.rows()) {
    throw InputError("", place, fmt::format("is {} x {}", affinities.rows(), affinities.columns),
                     "affinities must be a square matrix");
  }
  mpi::run_collectively(comm, [&] { drop_diagonal(affinities, place); });
  const double total = sum_of(comm, affinities);
  if (!(total > 0)) throw InputError("", place, "has no affinity above zero", "choose another matrix");
  return symmetrized(comm, std::move(affinities), Pairing::equal, total, place);
}

}  // namespace replearn::tsne
