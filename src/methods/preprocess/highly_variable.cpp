#include "methods/preprocess/highly_variable.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "methods/preprocess/median.hpp"
#include "mpi/collectives.hpp"
#include "numerics/column_statistics.hpp"

namespace replearn::preprocess {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int seurat_bins = 20;
constexpr double min_mean = 0.0125, max_mean = 3, min_dispersion = 0.5;
constexpr double normal_quartile =
    0.6744897501960817;  // quartile of the standard normal: MAD / this estimates the standard deviation

/// 21 equidistant edges; the lowest is lowered by a thousandth of the range, so that it is below the smallest mean
/// (pandas.cut).
std::vector<double> equal_width_edges(const std::vector<double>& means) {
  auto [low, high] = std::minmax_element(means.begin(), means.end());
  double from = *low, to = *high;
  const bool one_value = from == to;
  if (one_value) {
    const double margin = from != 0 ? 0.001 * std::abs(from) : 0.001;
    from -= margin;
    to += margin;
  }
  std::vector<double> edges(seurat_bins + 1);
  for (int b = 0; b < seurat_bins; ++b) edges[b] = from + b * ((to - from) / seurat_bins);
  edges.back() = to;
  if (!one_value) edges.front() -= 0.001 * (to - from);
  return edges;
}

/// Linear interpolation between the order statistics (numpy.percentile).
double percentile(const std::vector<double>& sorted, int percent) {
  const double at = percent / 100.0 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double t = at - static_cast<double>(below), step = sorted[above] - sorted[below];
  return t < 0.5 ? sorted[below] + step * t : sorted[above] - step * (1 - t);
}

std::vector<double> percentile_edges(std::vector<double> means) {
  std::sort(means.begin(), means.end());
  std::vector<double> edges{-infinity};
  for (int percent = 10; percent <= 100; percent += 5) edges.push_back(percentile(means, percent));
  edges.push_back(infinity);
  if (std::adjacent_find(edges.begin(), edges.end()) != edges.end()) {
    throw InputError("", "--highly-variable cell_ranger",
                     "too many genes have the same mean to bin them by percentiles",
                     "drop rarely expressed genes with --min-cells, or use seurat");
  }
  return edges;
}

/// The genes of each bin: those with edges[b] < mean <= edges[b + 1].
std::vector<std::vector<std::size_t>> genes_by_bin(const std::vector<double>& means, const std::vector<double>& edges) {
  std::vector<std::vector<std::size_t>> bins(edges.size() - 1);
  for (std::size_t j = 0; j < means.size(); ++j) {
    const auto edge = std::lower_bound(edges.begin(), edges.end(), means[j]);
    bins[static_cast<std::size_t>(edge - edges.begin()) - 1].push_back(j);
  }
  return bins;
}

struct Spread {
  double center = nan, deviation = nan;
};

/// Mean and standard deviation (count - 1) by Welford's method: equal values have deviation exactly 0.
Spread mean_and_deviation(const std::vector<double>& values) {
  double mean = 0, squares = 0, count = 0;
  for (const double value : values) {
    const double delta = value - mean;
    count += 1;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  if (count == 0) return {};
  if (count == 1) return {0, mean};  // alone in its bin: the normalized dispersion becomes 1
  return {mean, std::sqrt(squares / (count - 1))};
}

Spread median_and_mad(const std::vector<double>& values) {
  const double center = median(values);
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - center) / normal_quartile);
  return {center, median(std::move(distances))};
}

}  // namespace

std::string flavor_name(HvgFlavor flavor) {
  switch (flavor) {
    case HvgFlavor::none:
      return "none";
    case HvgFlavor::seurat:
      return "seurat";
    case HvgFlavor::cell_ranger:
      return "cell_ranger";
  }
  return "";
}

Dispersions dispersions(std::vector<double> means, const std::vector<double>& variances, HvgFlavor flavor) {
  const bool seurat = flavor == HvgFlavor::seurat;
  Dispersions genes{std::move(means), {}, std::vector<double>(variances.size(), nan)};
  if (variances.empty()) return genes;
  for (std::size_t j = 0; j < variances.size(); ++j) {
    double& mean = genes.means[j];
    if (mean == 0) mean = 1e-12;  // gives genes without expression dispersion 0
    const double dispersion = variances[j] / mean;
    genes.dispersions.push_back(!seurat ? dispersion : dispersion == 0 ? nan : std::log(dispersion));
    if (seurat) mean = std::log1p(mean);
  }
  const auto edges = seurat ? equal_width_edges(genes.means) : percentile_edges(genes.means);
  for (const auto& bin : genes_by_bin(genes.means, edges)) {
    std::vector<double> values;
    for (const auto j : bin) {
      if (!std::isnan(genes.dispersions[j])) values.push_back(genes.dispersions[j]);
    }
    const Spread spread = seurat ? mean_and_deviation(values) : median_and_mad(values);
    for (const auto j : bin) genes.dispersions_norm[j] = (genes.dispersions[j] - spread.center) / spread.deviation;
  }
  return genes;
}

std::vector<std::uint8_t> top_by_dispersion(const std::vector<double>& dispersions_norm, Index count) {
  std::vector<double> numbers;
  std::copy_if(dispersions_norm.begin(), dispersions_norm.end(), std::back_inserter(numbers),
               [](double d) { return !std::isnan(d); });
  std::vector<std::uint8_t> selected(dispersions_norm.size(), 0);
  const auto wanted = std::min(static_cast<std::size_t>(count), numbers.size());
  if (wanted == 0) return selected;
  const auto last = numbers.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
  std::nth_element(numbers.begin(), last, numbers.end(), std::greater<>());
  for (std::size_t j = 0; j < selected.size(); ++j) selected[j] = dispersions_norm[j] >= *last;
  return selected;
}

std::vector<std::uint8_t> within_cutoffs(const Dispersions& genes) {
  std::vector<std::uint8_t> selected(genes.means.size());
  for (std::size_t j = 0; j < selected.size(); ++j) {  // a comparison with NaN is false, as with 0
    selected[j] = genes.means[j] > min_mean && genes.means[j] < max_mean && genes.dispersions_norm[j] > min_dispersion;
  }
  return selected;
}

HighlyVariable highly_variable(const mpi::Communicator& comm, const Matrix& matrix, HvgFlavor flavor, Index top_genes,
                               const Log& log) {
  auto moments = column_moments(comm, matrix, flavor == HvgFlavor::seurat ? Transform::expm1 : Transform::none);
  if (!std::all_of(moments.variance.begin(), moments.variance.end(), [](double v) { return std::isfinite(v); })) {
    throw InputError("", "--highly-variable seurat", "exp(x) - 1 overflows: X does not hold logarithms",
                     "apply log1p first");
  }
  HighlyVariable result;
  mpi::on_root(comm, [&] {
    result.genes = dispersions(std::move(moments.mean), moments.variance, flavor);
    result.selected =
        top_genes > 0 ? top_by_dispersion(result.genes.dispersions_norm, top_genes) : within_cutoffs(result.genes);
  });
  result.selected = mpi::broadcast(comm, std::move(result.selected));

  const auto found = std::count(result.selected.begin(), result.selected.end(), std::uint8_t{1});
  const std::string text =
      fmt::format("{} of {} genes are highly variable ({})", found, result.selected.size(), flavor_name(flavor));
  if (found == 0 || found < top_genes) {
    log.warning(text + (top_genes > 0 ? fmt::format("; {} were requested", top_genes) : ""));
  } else {
    log.line(text);
  }
  return result;
}

}  // namespace replearn::preprocess
