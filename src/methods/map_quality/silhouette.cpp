#include "methods/map_quality/silhouette.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "mpi/collectives.hpp"

namespace replearn::map_quality {
namespace {

constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();

/// Labeled rows in the order of their labels, laid out for distances, and where the labels begin.
struct LabeledRows {
  LabeledRows(const Space& space, const Labels& labels) : begin(labels.count + 1, 0) {
    const auto sizes = labels.sizes();
    std::partial_sum(sizes.begin(), sizes.end(), begin.begin() + 1);
    std::vector<Index> rows(begin.back()), next(begin.begin(), begin.end() - 1);
    for (std::size_t i = 0; i < labels.codes.size(); ++i) {
      if (labels.codes[i] >= 0) rows[next[labels.codes[i]]++] = static_cast<Index>(i);
    }
    panels = space.panel_rows(rows);
  }
  std::vector<Index> begin;
  PanelRows panels;
};

double silhouette_of(const double* sums, const std::vector<Index>& sizes, std::int32_t own) {
  double other = std::numeric_limits<double>::infinity();
  for (std::size_t label = 0; label < sizes.size(); ++label) {
    if (static_cast<std::int32_t>(label) != own && sizes[label] > 0) {
      other = std::min(other, sums[label] / static_cast<double>(sizes[label]));
    }
  }
  if (!std::isfinite(other)) return not_defined;
  if (sizes[own] == 1) return 0;
  const double within = sums[own] / static_cast<double>(sizes[own] - 1), larger = std::max(within, other);
  return larger > 0 ? (other - within) / larger : 0;
}

/// Adds the distances of a panel of queries to all labeled rows, by label: sums[query * labels + label].
void add_distances(const Space& space, const PanelRows& queries, Index panel_of_queries, const LabeledRows& labeled,
                   std::vector<double>& sums) {
  constexpr Index side = PanelRows::panel;
  alignas(64) std::array<float, side * side> tile;
  const auto labels = std::ssize(labeled.begin) - 1;
  Index label = 0;
  for (Index p = 0; p < labeled.panels.panels(); ++p) {
    space.distances(queries, panel_of_queries, labeled.panels, p, tile.data());
    const Index end = p * side + labeled.panels.rows_in(p);
    for (Index from = p * side; from < end;) {
      while (labeled.begin[label + 1] <= from) ++label;
      const Index to = std::min(end, labeled.begin[label + 1]);
      for (Index i = 0; i < queries.rows_in(panel_of_queries); ++i) {
        const float* distances = tile.data() + i * side - p * side;
        double sum = 0;
        for (Index j = from; j < to; ++j) sum += static_cast<double>(distances[j]);
        sums[i * labels + label] += sum;
      }
      from = to;
    }
  }
}

}  // namespace

std::vector<double> silhouettes(const mpi::Communicator& comm, const Space& space, const Labels& labels,
                                const std::vector<Index>& queries) {
  const LabeledRows labeled(space, labels);
  const auto sizes = labels.sizes();
  const Index blocks = ceil_div(static_cast<Index>(queries.size()), PanelRows::panel);
  std::vector<double> mine, sums;
  for (Index b = comm.shares().begin(blocks, comm.rank()); b < comm.shares().begin(blocks, comm.rank() + 1); ++b) {
    const Index begin = b * PanelRows::panel;
    const auto rows =
        std::span<const Index>(queries).subspan(begin, std::min<Index>(PanelRows::panel, std::ssize(queries) - begin));
    sums.assign(rows.size() * sizes.size(), 0.0);
    add_distances(space, space.panel_rows(rows), 0, labeled, sums);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto own = labels.codes[rows[i]];
      mine.push_back(own < 0 ? not_defined : silhouette_of(sums.data() + i * sizes.size(), sizes, own));
    }
  }
  return mpi::all_gather_v(comm, mine);
}

double batch_silhouette(const mpi::Communicator& comm, const Space& space, const Labels& labels, const Labels& batches,
                        const std::vector<Index>& queries) {
  std::vector<std::vector<Index>> queries_of(labels.count);
  for (const Index row : queries) {
    if (labels.codes[row] >= 0 && batches.codes[row] >= 0) queries_of[labels.codes[row]].push_back(row);
  }
  double sum = 0;
  Index groups = 0;
  for (Index label = 0; label < labels.count; ++label) {
    Labels within{batches.codes, batches.count};
    for (std::size_t i = 0; i < within.codes.size(); ++i) {
      if (labels.codes[i] != label) within.codes[i] = -1;
    }
    const auto sizes = within.sizes();
    const auto present = std::count_if(sizes.begin(), sizes.end(), [](Index size) { return size > 0; });
    const Index rows = std::accumulate(sizes.begin(), sizes.end(), Index{0});
    if (present <= 1 || present == rows || queries_of[label].empty()) continue;
    double of_label = 0;
    for (const double silhouette : silhouettes(comm, space, within, queries_of[label])) {
      of_label += 1 - std::abs(silhouette);
    }
    sum += of_label / static_cast<double>(queries_of[label].size());
    ++groups;
  }
  return groups > 0 ? sum / static_cast<double>(groups) : not_defined;
}

}  // namespace replearn::map_quality
