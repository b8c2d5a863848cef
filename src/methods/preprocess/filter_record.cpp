#include "methods/preprocess/filter_record.hpp"

#include <algorithm>
#include <cmath>

#include "mpi/collectives.hpp"

namespace replearn::preprocess {
namespace {

constexpr std::size_t record_bins = 60;

/// Edges, counts of all cells and of the kept ones, in one array. Cells without a value are not counted.
std::vector<double> histogram_of_metric(const Column& column, const std::vector<std::uint8_t>& kept) {
  std::vector<double> values;
  std::visit(
      [&](const auto& held) {
        using T = std::decay_t<decltype(held)>;
        if constexpr (!std::is_same_v<T, Categorical> && !std::is_same_v<T, std::vector<std::string>> &&
                      !std::is_same_v<T, Flags>) {
          values.assign(held.begin(), held.end());
        }
      },
      column);
  std::vector<double> sorted;
  for (const double value : values) {
    if (std::isfinite(value)) sorted.push_back(value);
  }
  if (sorted.empty()) return {};
  std::sort(sorted.begin(), sorted.end());
  const double low = sorted.front(), high = sorted[(sorted.size() - 1) * 995 / 1000];
  if (!(high > low)) return {};
  std::vector<double> result;
  const double width = (high - low) / record_bins;
  for (std::size_t b = 0; b <= record_bins; ++b) result.push_back(low + static_cast<double>(b) * width);
  result.resize(3 * record_bins + 1, 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    const auto bin = std::min(record_bins - 1, static_cast<std::size_t>((values[i] - low) / width));
    ++result[record_bins + 1 + bin];
    if (kept[i] != 0) ++result[2 * record_bins + 1 + bin];
  }
  return result;
}

}  // namespace

ValueTree filter_record(const mpi::Communicator& comm, const Annotations& obs,
                        const std::vector<std::uint8_t>& kept_cells, Index genes_before, Index genes_kept,
                        const std::vector<std::string>& metrics) {
  const auto numbers = mpi::broadcast(
      comm, std::vector<Index>{obs.size(), static_cast<Index>(std::count(kept_cells.begin(), kept_cells.end(), 1))});
  ValueTree cells, genes, record;
  cells.set("before", Value(numbers[0])).set("kept", Value(numbers[1]));
  genes.set("before", Value(genes_before)).set("kept", Value(genes_kept));
  record.set("cells", std::move(cells)).set("genes", std::move(genes));
  for (const auto& metric : metrics) {
    std::vector<double> histogram;
    mpi::on_root(comm, [&] {
      if (const auto* column = obs.find(metric)) histogram = histogram_of_metric(*column, kept_cells);
    });
    histogram = mpi::broadcast(comm, std::move(histogram));
    if (histogram.empty()) continue;
    const auto at = [&](std::size_t i) { return histogram.begin() + static_cast<std::ptrdiff_t>(i); };
    ValueTree bins;
    bins.set("edges", Value(std::vector<double>(at(0), at(record_bins + 1))))
        .set("before", Value(std::vector<std::int64_t>(at(record_bins + 1), at(2 * record_bins + 1))))
        .set("kept", Value(std::vector<std::int64_t>(at(2 * record_bins + 1), histogram.end())));
    record.set(metric, std::move(bins));
  }
  return record;
}

}  // namespace replearn::preprocess
