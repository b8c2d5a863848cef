#include "app/plot/page_shepard.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/plot/page.hpp"
#include "base/random.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

constexpr std::size_t shepard_cells = 400, shepard_bins = 48;

/// Global indices of random rows, ascending; the same on every rank.
std::vector<Index> random_rows(Index rows) {
  std::vector<std::pair<double, Index>> keys;
  for (Index i = 0; i < rows; ++i) keys.emplace_back(RandomStream(0, Purpose::page_pairs, i).uniform(), i);
  const auto count = std::min(keys.size(), shepard_cells);
  std::partial_sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count), keys.end());
  std::vector<Index> chosen;
  for (std::size_t k = 0; k < count; ++k) chosen.push_back(keys[k].second);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

/// Distances of all pairs of these rows, by their first `columns` coordinates, on root.
std::vector<double> pair_distances(Workspace& work, const DistributedMatrix& points, Index columns,
                                   const std::vector<Index>& rows) {
  std::vector<float> mine;
  for (const Index row : rows) {
    const Index local = row - points.first_row();
    if (local < 0 || local >= points.local_rows()) continue;
    for (Index k = 0; k < columns; ++k) mine.push_back(points.local(local, k));
  }
  const auto all = mpi::gather_v(work.comm(), mine);
  std::vector<double> distances;
  const auto count = static_cast<Index>(all.size()) / std::max<Index>(1, columns);
  for (Index a = 0; a < count; ++a) {
    for (Index b = 0; b < a; ++b) {
      double sum = 0;
      for (Index k = 0; k < columns; ++k) {
        const double difference = static_cast<double>(all[a * columns + k]) - all[b * columns + k];
        sum += difference * difference;
      }
      distances.push_back(std::sqrt(sum));
    }
  }
  return distances;
}

std::vector<double> edges_to(double max) {
  std::vector<double> edges;
  for (std::size_t b = 0; b <= shepard_bins; ++b) edges.push_back(max * static_cast<double>(b) / shepard_bins);
  return edges;
}

}  // namespace

std::vector<report::PageSection> shepard_diagrams(Workspace& work, const std::vector<std::string>& keys) {
  const auto* reference = work.embedding("X_pca");
  std::vector<report::PageSection> sections;
  if (!reference || work.rows() < 3) return sections;
  const auto rows = random_rows(reference->rows());
  const auto original = pair_distances(work, *reference, reference->columns(), rows);
  for (const auto& key : keys) {
    const auto mapped = pair_distances(work, work.representation(key), 2, rows);
    if (mapped.empty()) continue;
    const double x_max = std::ranges::max(original), y_max = std::ranges::max(mapped);
    if (!(x_max > 0) || !(y_max > 0)) continue;
    report::PageSection chart{report::PageSection::Kind::density, "Shepard diagrams", map_title(key)};
    chart.note = "Distances in the map over those in X_pca, for all pairs of " + std::to_string(rows.size()) + " random cells";
    chart.x_label = "distance in X_pca";
    chart.y_label = "distance in the map";
    report::PageSeries series{"pairs", edges_to(x_max), edges_to(y_max), std::vector<double>(shepard_bins * shepard_bins)};
    const auto bin = [](double value, double max) {
      return std::min(shepard_bins - 1, static_cast<std::size_t>(value / max * shepard_bins));
    };
    for (std::size_t p = 0; p < mapped.size(); ++p) {
      ++series.counts[bin(mapped[p], y_max) * shepard_bins + bin(original[p], x_max)];
    }
    chart.series.push_back(std::move(series));
    sections.push_back(std::move(chart));
  }
  return sections;
}

}  // namespace replearn::app
