#include "numerics/preprocess.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "numerics/column_statistics.hpp"
#include "numerics/matrix_values.hpp"
#include "numerics/normalize.hpp"
#include "numerics/quality_control.hpp"
#include "numerics/scale.hpp"

namespace replearn::preprocess {
namespace {

void check_shape(const mpi::Communicator& comm, const ExpressionMatrix& data) {
  if (rows(data.x) == 0) throw InputError("", "X", "has no rows", "give a matrix of cells x genes");
  if (columns(data.x) == 0) throw InputError("", "X", "has no columns", "give a matrix of cells x genes");
  mpi::on_root(comm, [&] {
    if (data.obs.size() != rows(data.x) || data.var.size() != columns(data.x)) {
      throw std::invalid_argument("preprocess: obs and var must name each row and each column of X");
    }
  });
}

void warn_of_odd_values(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log) {
  const bool whole = all_whole(comm, x);
  if (!whole && (options.normalize || options.log1p)) {
    log.warning(
        "X holds numbers that are not whole, not counts: if it was normalised or log-transformed before, it is now "
        "once more");
  }
  if (whole && !options.log1p && options.highly_variable != HvgFlavor::none) {
    log.warning("X holds whole numbers and no log1p is taken: highly variable genes are defined on logarithms");
  }
}

/// One entry for each of my cells.
std::vector<std::uint8_t> cells_that_pass(const mpi::Communicator& comm, const CellFigures& cells,
                                          const Options& options) {
  std::vector<std::uint8_t> keep(cells.total_counts.size());
  Index kept = 0, most_genes = 0;
  double most_counts = 0;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    keep[i] = cells.n_genes_by_counts[i] >= options.min_genes &&
              cells.total_counts[i] >= static_cast<double>(options.min_counts) &&
              !(cells.share(i) > options.max_fraction);  // without counts there is no share: other filters see to it
    kept += keep[i];
    most_genes = std::max(most_genes, cells.n_genes_by_counts[i]);
    most_counts = std::max(most_counts, cells.total_counts[i]);
  }
  if (mpi::all_reduce(comm, kept, mpi::Reduction::sum) == 0) {
    most_genes = mpi::all_reduce(comm, most_genes, mpi::Reduction::max);
    most_counts = mpi::all_reduce(comm, most_counts, mpi::Reduction::max);
    throw InputError("", "--min-genes, --min-counts, --max-fraction", "no cell passes the filters",
                     format("ask for less: the richest cell expresses %lld genes, the largest total is %.10g",
                            static_cast<long long>(most_genes), most_counts));
  }
  return keep;
}

std::vector<std::uint8_t> genes_that_pass(const std::vector<Index>& cells_of_gene, Index min_cells) {
  std::vector<std::uint8_t> keep(cells_of_gene.size());
  std::transform(cells_of_gene.begin(), cells_of_gene.end(), keep.begin(),
                 [&](Index cells) { return static_cast<std::uint8_t>(cells >= min_cells); });
  if (std::find(keep.begin(), keep.end(), std::uint8_t{1}) == keep.end()) {
    throw InputError("", "--min-cells", "no gene passes the filter",
                     format("ask for less: no gene is expressed in more than %lld of the cells kept",
                            static_cast<long long>(*std::max_element(cells_of_gene.begin(), cells_of_gene.end()))));
  }
  return keep;
}

/// Figures into obs and var, then the filters.
void control_quality(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options, const Log& log,
                     Results& results) {
  const Index cells_before = rows(data.x), genes_before = columns(data.x);
  const auto marked = genes_with_prefix(comm, data, options.gene_prefix);
  const bool with_share = !options.gene_prefix.empty();
  if (with_share && std::find(marked.begin(), marked.end(), std::uint8_t{1}) == marked.end()) {
    log.line("no gene's name begins with " + options.gene_prefix + ": pct_counts_mt is 0 (" +
             (options.max_fraction < 1 ? "max-fraction drops no cell; " : "") + "mouse genes begin with mt-)");
  }

  const auto cells = cell_figures(data.x, marked);
  annotate_cells(comm, cells, with_share, data.obs);
  auto genes = column_sums(comm, data.x);
  if (comm.is_root()) {
    if (with_share) data.var.set("mt", Flags{marked});
    data.var.set("n_cells_by_counts", genes.nonzeros);
    data.var.set("total_counts", genes.sum);
  }

  results.kept_cells = keep_cells(comm, data, cells_that_pass(comm, cells, options));
  if (rows(data.x) < cells_before) genes.nonzeros = column_sums(comm, data.x).nonzeros;
  const auto keep = genes_that_pass(genes.nonzeros, options.min_cells);
  keep_genes(data, keep);
  if (comm.is_root()) results.kept_genes = keep;
  log.line(format("kept %lld of %lld cells and %lld of %lld genes", static_cast<long long>(rows(data.x)),
                  static_cast<long long>(cells_before), static_cast<long long>(columns(data.x)),
                  static_cast<long long>(genes_before)));
}

void mark_highly_variable(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options, const Log& log,
                          Results& results) {
  auto found = highly_variable(comm, data.x, options.highly_variable, options.top_genes, log);
  if (comm.is_root()) {
    data.var.set("highly_variable", Flags{found.selected});
    data.var.set("means", std::move(found.genes.means));
    data.var.set("dispersions", std::move(found.genes.dispersions));
    data.var.set("dispersions_norm", std::move(found.genes.dispersions_norm));
  }
  results.highly_variable = std::move(found.selected);
  results.uns.set("hvg", ValueTree().set("flavor", flavor_name(options.highly_variable)));
}

}  // namespace

void Options::validate() const {
  const auto at_least_zero = [](const char* option, double value) {
    if (!(value >= 0 && std::isfinite(value))) {
      throw InputError("", option, format("%g is not a number of 0 or more", value), "give one, or leave it out");
    }
  };
  at_least_zero("--min-genes", static_cast<double>(min_genes));
  at_least_zero("--min-counts", static_cast<double>(min_counts));
  at_least_zero("--min-cells", static_cast<double>(min_cells));
  at_least_zero("--target-sum", target_sum);
  at_least_zero("--top-genes", static_cast<double>(top_genes));
  at_least_zero("--max-value", max_value);
  if (!(max_fraction >= 0 && max_fraction <= 1)) {
    throw InputError("", "--max-fraction", format("%g is not a share of counts", max_fraction),
                     "give a number from 0 to 1, such as 0.05");
  }
  if (max_fraction < 1 && gene_prefix.empty()) {
    throw InputError("", "--max-fraction", "of which genes is not said", "name them with --gene-prefix, such as MT-");
  }
  if (target_sum > 0 && !normalize) {
    throw InputError("", "--target-sum", "has no effect without normalisation", "set --normalize or leave it out");
  }
  if (max_value > 0 && !scale) {
    throw InputError("", "--max-value", "clips scaled values only", "set --scale or leave it out");
  }
}

Results preprocess(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options, const Log& log) {
  options.validate();
  check_shape(comm, data);
  require_counts(comm, data);
  warn_of_odd_values(comm, data.x, options, log);

  Results results;
  control_quality(comm, data, options, log, results);
  if (!options.counts_layer.empty()) results.counts = data.x;

  if (options.normalize) {
    const auto done = normalize(comm, data.x, options.target_sum);
    log.line(format("normalised each cell to a total of %.10g", done.target_sum));
    ValueTree record;
    record.set("target_sum", done.target_sum);
    results.uns.set("normalize_total", std::move(record));  // cells that come later want the same
    if (done.empty_cells > 0) {
      log.warning(format("%lld cells have no counts and stay zero; --min-counts 1 drops them",
                         static_cast<long long>(done.empty_cells)));
    }
  }
  if (options.log1p) {
    log1p(data.x);
    results.uns.set("log1p", ValueTree());  // natural logarithm: no "base"
  }
  if (options.highly_variable != HvgFlavor::none) mark_highly_variable(comm, data, options, log, results);
  if (options.scale) {
    auto scaling = scale(comm, data.x, options.max_value);
    if (comm.is_root()) {
      data.var.set("mean", std::move(scaling.mean));
      data.var.set("std", std::move(scaling.deviation));
    }
  }
  return results;
}

}  // namespace replearn::preprocess
