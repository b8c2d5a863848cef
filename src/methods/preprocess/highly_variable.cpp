#include "methods/preprocess/highly_variable.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "methods/preprocess/batch_moments.hpp"
#include "methods/preprocess/dispersions.hpp"
#include "methods/preprocess/hvg_ranks.hpp"
#include "methods/preprocess/residual_variances.hpp"
#include "methods/preprocess/seurat_v3.hpp"
#include "mpi/collectives.hpp"
#include "numerics/exact_sums.hpp"
#include "numerics/memoized.hpp"

namespace replearn::preprocess {
namespace {

using TwoTerms = std::array<double, 2>;

TwoTerms with_square(double x) {
  return {x, x * x};
}

struct Expm1 {
  float operator()(float x) const { return std::expm1(x); }
};

std::span<const std::int32_t> batches_of_block(const Batches& batches, Index first, const Matrix& block) {
  return std::span(batches.local).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(local_rows(block)));
}

ValueRanges ranges_of(const mpi::Communicator& comm, const RowBlocks& rows, const Batches& batches) {
  ValueRanges ranges(batches.count(), rows.columns());
  visit(comm, rows, [&](Index first, const Matrix& block) { ranges.add(block, batches_of_block(batches, first, block)); });
  ranges.reduce(comm);
  return ranges;
}

BatchSums sums_of(const mpi::Communicator& comm, const RowBlocks& rows, const Batches& batches,
                  const ValueRanges& ranges) {
  BatchSums sums(ranges, [&](Index entry, double& first, double& second) {
    first = ranges.bound(entry);
    second = first * first;
  });
  visit(comm, rows, [&](Index first, const Matrix& block) {
    sums.add(block, batches_of_block(batches, first, block),
             [](float x, Index, Index) { return with_square(static_cast<double>(x)); });
  });
  sums.reduce(comm);
  return sums;
}

/// What the dispersions need, from one pass: exact sums need no ranges to be known before.
struct RangesAndSums {
  ValueRanges ranges;
  ExactSums sums;
};

/// largest: no value is larger. seurat: sums of exp(x) - 1.
RangesAndSums ranges_and_sums(const mpi::Communicator& comm, const RowBlocks& rows, const Batches& batches,
                              double largest, bool seurat) {
  constexpr double margin = 1.0001;  // values are rounded to float32
  const double bound = margin * (seurat ? static_cast<double>(std::expm1(static_cast<float>(largest))) : largest);
  if (!std::isfinite(bound)) {
    throw InputError(
        "", "--highly-variable seurat", "exp(x) - 1 overflows: X does not hold logarithms",
        "apply log1p first, or use the flavor seurat_v3 or pearson_residuals, which are defined on counts");
  }
  const Index genes = rows.columns();
  RangesAndSums found{ValueRanges(batches.count(), genes),
                      ExactSums(batches.count() * genes, bound > 0 ? bound : 1, rows.rows())};
  Memoized<Expm1> expm1_of;
  visit(comm, rows, [&](Index first, const Matrix& block) {
    const auto batch_of_row = batches_of_block(batches, first, block);
    found.ranges.add(block, batch_of_row);
    for_each_value(block, [&](Index i, Index j, float x) {
      found.sums.add(batch_of_row[static_cast<std::size_t>(i)] * genes + j, seurat ? expm1_of(x) : x);
    });
  });
  found.ranges.reduce(comm);
  found.sums.reduce(comm);
  return found;
}

void add_nbatches(HighlyVariable& result, const std::vector<Index>& nbatches, const Batches& batches,
                  bool with_intersection) {
  if (batches.names.empty()) return;
  result.columns.emplace_back("highly_variable_nbatches", nbatches);
  if (!with_intersection) return;
  Flags in_all;
  for (const Index b : nbatches) in_all.values.push_back(b == batches.count());
  result.columns.emplace_back("highly_variable_intersection", std::move(in_all));
}

void by_dispersion(const mpi::Communicator& comm, const RowBlocks& rows, const HvgOptions& options, double largest,
                   const Batches& batches, const std::vector<std::string>& gene_names, HighlyVariable& result) {
  const auto [ranges, sums] =
      ranges_and_sums(comm, rows, batches, largest, options.flavor == HvgFlavor::seurat);
  const auto moments_of_batches = moments_by_batch(ranges, sums, batches);
  const auto& value_ranges = ranges;
  mpi::on_root(comm, [&] {
    auto moments = moments_of_batches;
    BatchDispersions genes;
    if (batches.names.empty()) {
      genes.mean = dispersions(std::move(moments.mean), moments.variance, options.flavor, options.bins);
      genes.selected = options.top_genes > 0 ? top_by_dispersion(genes.mean.dispersions_norm, options.top_genes)
                                             : within_cutoffs(genes.mean, options.cutoffs);
    } else {
      genes = dispersions_by_batch(moments, value_ranges, batches, options, gene_names);
    }
    result.selected = std::move(genes.selected);
    result.columns.emplace_back("means", std::move(genes.mean.means));
    result.columns.emplace_back("dispersions", std::move(genes.mean.dispersions));
    result.columns.emplace_back("dispersions_norm", std::move(genes.mean.dispersions_norm));
    add_nbatches(result, genes.nbatches, batches, true);
  });
}

/// Means over the batches.
std::vector<double> mean_over_batches(const std::vector<double>& scores, Index batches) {
  const std::size_t genes = scores.size() / static_cast<std::size_t>(batches);
  std::vector<double> means(genes, 0.0);
  for (std::size_t e = 0; e < scores.size(); ++e) means[e % genes] += scores[e];
  for (double& mean : means) mean /= static_cast<double>(batches);
  return means;
}

/// Selection by scores of each batch and gene. Root.
void select_by_rank(const std::vector<double>& scores, const char* column, RankOrder order, const HvgOptions& options,
                    Moments overall, const Batches& batches, HighlyVariable& result) {
  auto ranks = rank_genes(scores, batches.count(), options.top_genes, order);
  result.selected = std::move(ranks.selected);
  result.columns.emplace_back("means", std::move(overall.mean));
  result.columns.emplace_back("variances", std::move(overall.variance));
  result.columns.emplace_back(column, mean_over_batches(scores, batches.count()));
  result.columns.emplace_back("highly_variable_rank", std::move(ranks.rank));
  add_nbatches(result, ranks.nbatches, batches, options.flavor == HvgFlavor::pearson_residuals);
}

void by_standardized_variance(const mpi::Communicator& comm, const RowBlocks& counts, const HvgOptions& options,
                              const Batches& batches, const Log& log, HighlyVariable& result) {
  const auto ranges = ranges_of(comm, counts, batches);
  const auto sums = sums_of(comm, counts, batches, ranges);
  Moments moments;
  ExpectedDeviations expected;
  mpi::on_root(comm, [&] {
    moments = moments_by_batch(ranges, sums, batches);
    expected = expected_deviations(moments, batches, options.span, log);
  });
  expected.clip = mpi::broadcast(comm, std::move(expected.clip));

  BatchSums clipped(ranges, [&](Index entry, double& first, double& second) {
    first = std::min(ranges.bound(entry), expected.clip[static_cast<std::size_t>(entry)]);
    second = first * first;
  });
  visit(comm, counts, [&](Index first, const Matrix& block) {
    clipped.add(block, batches_of_block(batches, first, block), [&](float x, Index, Index entry) {
      return with_square(std::min(static_cast<double>(x), expected.clip[static_cast<std::size_t>(entry)]));
    });
  });
  clipped.reduce(comm);
  mpi::on_root(comm, [&] {
    select_by_rank(standardized_variances(moments, expected, clipped, batches), "variances_norm",
                   options.flavor == HvgFlavor::seurat_v3 ? RankOrder::rank_then_batches : RankOrder::batches_then_rank,
                   options, moments_overall(ranges, sums, batches), batches, result);
  });
}

void by_residual_variance(const mpi::Communicator& comm, const RowBlocks& counts, const HvgOptions& options,
                          const Batches& batches, HighlyVariable& result) {
  const auto ranges = ranges_of(comm, counts, batches);
  const auto sums = sums_of(comm, counts, batches, ranges);
  ResidualVariances variances(ranges, sums, batches, options.theta, options.clip);
  visit(comm, counts, [&](Index first, const Matrix& block) {
    variances.add(block, batches_of_block(batches, first, block));
  });
  const auto scores = variances.reduce(comm);
  mpi::on_root(comm, [&] {
    select_by_rank(scores, "residual_variances", RankOrder::batches_then_rank, options,
                   moments_overall(ranges, sums, batches), batches, result);
  });
}

void log_selection(const std::vector<std::uint8_t>& selected, const HvgOptions& options, const Batches& batches,
                   const Log& log) {
  const auto found = std::count(selected.begin(), selected.end(), std::uint8_t{1});
  std::string text =
      fmt::format("{} of {} genes are highly variable ({})", found, selected.size(), flavor_name(options.flavor));
  if (!batches.names.empty()) {
    text.insert(text.size() - 1, fmt::format(", {} batches of {} to {} cells", batches.count(),
                                             *std::min_element(batches.cells.begin(), batches.cells.end()),
                                             *std::max_element(batches.cells.begin(), batches.cells.end())));
  }
  if (found == 0 || found < options.top_genes) {
    log.warning(text + (options.top_genes > 0 ? fmt::format("; {} were requested", options.top_genes) : ""));
  } else {
    log.line(text);
  }
}

void log_memory(Index batches, Index genes, const Log& log) {
  constexpr double bytes = 80, worth_telling = 1e9;  // of an entry per batch and gene
  const double memory = bytes * static_cast<double>(batches) * static_cast<double>(genes);
  if (memory < worth_telling) return;
  log.line(
      fmt::format("highly variable genes of {} batches x {} genes: {:.1f} GB per rank", batches, genes, 1e-9 * memory));
}

}  // namespace

HighlyVariable highly_variable(const mpi::Communicator& comm, const RowBlocks& rows, const HvgOptions& options,
                               double largest, const Batches& batches, const std::vector<std::string>& gene_names, const Log& log) {
  HighlyVariable result;
  log_memory(batches.count(), rows.columns(), log);
  switch (options.flavor) {
    case HvgFlavor::none:
      throw std::invalid_argument("highly_variable requires a flavor");
    case HvgFlavor::seurat:
    case HvgFlavor::cell_ranger:
      by_dispersion(comm, rows, options, largest, batches, gene_names, result);
      break;
    case HvgFlavor::seurat_v3:
    case HvgFlavor::seurat_v3_paper:
      by_standardized_variance(comm, rows, options, batches, log, result);
      break;
    case HvgFlavor::pearson_residuals:
      by_residual_variance(comm, rows, options, batches, result);
      break;
  }
  result.selected = mpi::broadcast(comm, std::move(result.selected));
  if (comm.is_root()) result.columns.emplace_back("highly_variable", Flags{result.selected});
  log_selection(result.selected, options, batches, log);
  return result;
}

}  // namespace replearn::preprocess
