#include "methods/preprocess/dispersions.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "methods/preprocess/median.hpp"

namespace replearn::preprocess {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double normal_quartile =
    0.6744897501960817;  // quartile of the standard normal: MAD / this estimates the standard deviation

/// Equidistant edges; the lowest is lowered by a thousandth of the range, so that it is below the smallest mean
/// (pandas.cut).
std::vector<double> equal_width_edges(const std::vector<double>& means, Index bins) {
  auto [low, high] = std::minmax_element(means.begin(), means.end());
  double from = *low, to = *high;
  const bool one_value = from == to;
  if (one_value) {
    const double margin = from != 0 ? 0.001 * std::abs(from) : 0.001;
    from -= margin;
    to += margin;
  }
  std::vector<double> edges(static_cast<std::size_t>(bins) + 1);
  const double width = (to - from) / static_cast<double>(bins);
  for (Index b = 0; b < bins; ++b) edges[b] = from + static_cast<double>(b) * width;
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

std::vector<double> percentile_edges(std::vector<double> means, const std::string& place) {
  std::sort(means.begin(), means.end());
  std::vector<double> edges{-infinity};
  for (int percent = 10; percent <= 100; percent += 5) edges.push_back(percentile(means, percent));
  edges.push_back(infinity);
  if (std::adjacent_find(edges.begin(), edges.end()) != edges.end()) {
    throw InputError("", "--highly-variable cell_ranger",
                     "too many genes" + place + " have the same mean to bin them by percentiles",
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

Dispersions dispersions(std::vector<double> means, const std::vector<double>& variances, HvgFlavor flavor, Index bins,
                        const std::string& place) {
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
  const auto edges = seurat ? equal_width_edges(genes.means, bins) : percentile_edges(genes.means, place);
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

std::vector<std::uint8_t> within_cutoffs(const Dispersions& genes, const HvgCutoffs& cutoffs) {
  constexpr double largest = std::numeric_limits<double>::max();  // infinity is below an upper cutoff of infinity
  const double max_dispersion = cutoffs.max_dispersion > 0 ? cutoffs.max_dispersion : infinity;
  std::vector<std::uint8_t> selected(genes.means.size());
  for (std::size_t j = 0; j < selected.size(); ++j) {
    const double norm = std::isnan(genes.dispersions_norm[j]) ? 0.0 : std::min(genes.dispersions_norm[j], largest);
    selected[j] = genes.means[j] > cutoffs.min_mean && genes.means[j] < cutoffs.max_mean &&
                  norm > cutoffs.min_dispersion && norm < max_dispersion;
  }
  return selected;
}

namespace {

/// The entries of one batch for the genes expressed in it.
std::vector<double> of_expressed(const std::vector<double>& values, const ValueRanges& ranges, Index batch) {
  std::vector<double> chosen;
  for (Index e = batch * ranges.genes(); e < (batch + 1) * ranges.genes(); ++e) {
    if (ranges.nonzeros(e) > 0) chosen.push_back(values[static_cast<std::size_t>(e)]);
  }
  return chosen;
}

/// Mean of the numbers added, without NaN; NaN if there are none.
struct MeanOfNumbers {
  double sum = 0, count = 0;
  void add(double value) {
    if (std::isnan(value)) return;
    sum += value;
    count += 1;
  }
  double value() const { return count > 0 ? sum / count : nan; }
};

/// The first `count` genes by number of batches, mean normalized dispersion (NaN last) and name.
std::vector<std::uint8_t> top_by_batches(const BatchDispersions& genes, Index count,
                                         const std::vector<std::string>& names) {
  std::vector<std::size_t> order(genes.nbatches.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto& norm = genes.mean.dispersions_norm;
  const auto before = [&](std::size_t a, std::size_t b) {
    if (genes.nbatches[a] != genes.nbatches[b]) return genes.nbatches[a] > genes.nbatches[b];
    if (std::isnan(norm[a]) != std::isnan(norm[b])) return std::isnan(norm[b]);
    if (!std::isnan(norm[a]) && norm[a] != norm[b]) return norm[a] > norm[b];
    return names[a] < names[b];
  };
  std::stable_sort(order.begin(), order.end(), before);
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  std::vector<std::uint8_t> selected(genes.nbatches.size(), 0);
  for (const auto j : order) selected[j] = 1;
  return selected;
}

}  // namespace

BatchDispersions dispersions_by_batch(const Moments& moments, const ValueRanges& ranges, const Batches& batches,
                                      const HvgOptions& options, const std::vector<std::string>& names) {
  const auto m = static_cast<std::size_t>(ranges.genes());
  std::vector<MeanOfNumbers> means(m), raw(m), norm(m);
  BatchDispersions merged{{}, std::vector<Index>(m, 0), {}};
  for (Index b = 0; b < batches.count(); ++b) {
    const auto genes = dispersions(of_expressed(moments.mean, ranges, b), of_expressed(moments.variance, ranges, b),
                                   options.flavor, options.bins, batches.place(b));
    const auto selected = options.top_genes > 0 ? top_by_dispersion(genes.dispersions_norm, options.top_genes)
                                                : within_cutoffs(genes, options.cutoffs);
    for (std::size_t j = 0, at = 0; j < m; ++j) {
      const bool is_expressed = ranges.nonzeros(b * ranges.genes() + static_cast<Index>(j)) > 0;
      means[j].add(is_expressed ? genes.means[at] : 0);
      raw[j].add(is_expressed ? genes.dispersions[at] : 0);
      norm[j].add(is_expressed ? genes.dispersions_norm[at] : 0);
      if (is_expressed) merged.nbatches[j] += selected[at++];
    }
  }
  for (std::size_t j = 0; j < m; ++j) {
    merged.mean.means.push_back(means[j].value());
    merged.mean.dispersions.push_back(raw[j].value());
    merged.mean.dispersions_norm.push_back(norm[j].value());
  }
  if (options.top_genes > 0) {
    merged.selected = top_by_batches(merged, options.top_genes, names);
    return merged;
  }
  for (auto& value : merged.mean.dispersions_norm) {
    if (std::isnan(value)) value = 0;
  }
  merged.selected = within_cutoffs(merged.mean, options.cutoffs);
  // Unlike in a single batch, an infinite mean is not below an upper cutoff of infinity.
  for (std::size_t j = 0; j < m; ++j) {
    if (merged.mean.dispersions_norm[j] == infinity) merged.selected[j] = 0;
  }
  return merged;
}

}  // namespace replearn::preprocess
