#include "methods/preprocess/preprocess.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "base/error.hpp"
#include "methods/preprocess/counts.hpp"
#include "methods/preprocess/merge_columns.hpp"
#include "methods/preprocess/normalize.hpp"
#include "methods/preprocess/quality_control.hpp"
#include "methods/preprocess/scale.hpp"
#include "mpi/collectives.hpp"
#include "numerics/column_statistics.hpp"
#include "numerics/matrix_values.hpp"

namespace replearn::preprocess {
namespace {

void check_shape(const mpi::Communicator& comm, const ExpressionMatrix& data) {
  if (rows(data.x) == 0) throw InputError("", "X", "has no rows", "use a matrix of cells x genes");
  if (columns(data.x) == 0) throw InputError("", "X", "has no columns", "use a matrix of cells x genes");
  mpi::on_root(comm, [&] {
    if (data.obs.size() != rows(data.x) || data.var.size() != columns(data.x)) {
      throw std::invalid_argument("preprocess: obs and var must name each row and each column of X");
    }
  });
}

void warn_of_odd_values(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log) {
  const auto values = summarize_values(comm, x);
  if (!values.holds_counts() && (options.normalize || options.log1p)) {
    log.warning("the values are not counts but " + values.text() +
                ": if they were normalized or log-transformed before, this has now been done a second time" +
                (options.log1p ? fmt::format("; the largest, {:.4g}, becomes ln(1 + x) of its scaled value", values.max)
                               : std::string()));
  }
  if (values.whole && !options.log1p && options.highly_variable != HvgFlavor::none) {
    log.warning(
        "X contains integers and log1p is not applied: highly variable genes are defined on log-transformed values");
  }
}

/// The filters are considered too strict if they keep a smaller fraction of the cells.
constexpr double few_left = 0.5;

/// Number of cells dropped by each filter alone.
struct Dropped {
  Index by_genes = 0, by_counts = 0, by_fraction = 0;
};

void warn_of_few_cells(Index kept, Index before, const Dropped& dropped, const Options& options, const Log& log) {
  if (static_cast<double>(kept) >= few_left * static_cast<double>(before)) return;
  std::string by;
  const auto add = [&](const char* option, const std::string& value, Index cells) {
    if (cells > 0) by += fmt::format("{}--{} {} drops {}", by.empty() ? "" : ", ", option, value, cells);
  };
  add("min-genes", std::to_string(options.min_genes), dropped.by_genes);
  add("min-counts", std::to_string(options.min_counts), dropped.by_counts);
  add("max-fraction", fmt::format("{:g}", options.max_fraction), dropped.by_fraction);
  log.warning(fmt::format("the filters leave {} of {} cells ({:.3g} %): ", kept, before,
                          100 * static_cast<double>(kept) / static_cast<double>(before)) +
              by);
}

/// One entry per local cell.
std::vector<std::uint8_t> cells_that_pass(const mpi::Communicator& comm, const CellFigures& cells,
                                          const Options& options, const Log& log) {
  std::vector<std::uint8_t> keep(cells.total_counts.size());
  Index kept = 0, max_genes = 0;
  double max_counts = 0;
  Dropped dropped;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    const bool few_genes = cells.n_genes_by_counts[i] < options.min_genes;
    const bool few_counts = cells.total_counts[i] < static_cast<double>(options.min_counts);
    // The fraction is undefined without counts; other filters handle such cells.
    const bool much = cells.share(i) > options.max_fraction;
    keep[i] = !few_genes && !few_counts && !much;
    dropped.by_genes += few_genes;
    dropped.by_counts += few_counts;
    dropped.by_fraction += much;
    kept += keep[i];
    max_genes = std::max(max_genes, cells.n_genes_by_counts[i]);
    max_counts = std::max(max_counts, cells.total_counts[i]);
  }
  Index sums[] = {kept, static_cast<Index>(keep.size()), dropped.by_genes, dropped.by_counts, dropped.by_fraction};
  mpi::all_reduce(comm, std::span<Index>(sums), mpi::Reduction::sum);
  if (sums[0] > 0) warn_of_few_cells(sums[0], sums[1], {sums[2], sums[3], sums[4]}, options, log);
  if (sums[0] == 0) {
    max_genes = mpi::all_reduce(comm, max_genes, mpi::Reduction::max);
    max_counts = mpi::all_reduce(comm, max_counts, mpi::Reduction::max);
    throw InputError("", "--min-genes, --min-counts, --max-fraction", "no cell passes the filters",
                     fmt::format("relax the filters: the maximum is {} expressed genes per cell and a total of {:.10g}",
                                 max_genes, max_counts));
  }
  return keep;
}

std::vector<std::uint8_t> genes_that_pass(const std::vector<Index>& cells_of_gene, Index min_cells) {
  std::vector<std::uint8_t> keep(cells_of_gene.size());
  std::transform(cells_of_gene.begin(), cells_of_gene.end(), keep.begin(),
                 [&](Index cells) { return static_cast<std::uint8_t>(cells >= min_cells); });
  if (std::find(keep.begin(), keep.end(), std::uint8_t{1}) == keep.end()) {
    throw InputError("", "--min-cells", "no gene passes the filter",
                     fmt::format("lower it: no gene is expressed in more than {} of the kept cells",
                                 *std::max_element(cells_of_gene.begin(), cells_of_gene.end())));
  }
  return keep;
}

/// The prefix in the case used by the names, or else an example of a name. Root has the names.
std::string hint_of_prefix(const std::vector<std::string>& names, const std::string& prefix) {
  const auto lower = [](char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); };
  const auto same = [&](char a, char b) { return lower(a) == lower(b); };
  for (const auto& name : names) {
    if (name.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), name.begin(), same)) {
      return "; " + name + " exists: use --gene-prefix " + name.substr(0, prefix.size());
    }
  }
  return names.empty() ? "" : "; names look like " + names.front();
}

/// Adds the quality-control metrics to obs and var, then applies the filters.
void control_quality(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options, const Log& log,
                     Results& results) {
  const Index cells_before = rows(data.x), genes_before = columns(data.x);
  const auto marked = genes_with_prefix(comm, data, options.gene_prefix);
  const bool with_share = !options.gene_prefix.empty();
  if (with_share && std::find(marked.begin(), marked.end(), std::uint8_t{1}) == marked.end()) {
    log.warning(fmt::format("none of {} genes has a name that begins with {}: pct_counts_mt is 0{}", columns(data.x),
                            options.gene_prefix, options.max_fraction < 1 ? " and --max-fraction drops no cell" : "") +
                hint_of_prefix(data.var.names, options.gene_prefix));
  }

  const auto cells = cell_figures(data.x, marked);
  annotate_cells(comm, cells, with_share, data.obs);
  auto genes = column_sums(comm, data.x);
  if (comm.is_root()) {
    if (with_share) data.var.set("mt", Flags{marked});
    data.var.set("n_cells_by_counts", genes.nonzeros);
    data.var.set("total_counts", genes.sum);
  }

  results.kept_mine = cells_that_pass(comm, cells, options, log);
  results.kept_cells = keep_cells(comm, data, results.kept_mine);
  if (rows(data.x) < cells_before) genes.nonzeros = column_nonzeros(comm, data.x);
  const auto keep = genes_that_pass(genes.nonzeros, options.min_cells);
  keep_genes(data, keep);
  if (comm.is_root()) results.kept_genes = keep;
  log.line(
      fmt::format("kept {} of {} cells and {} of {} genes", rows(data.x), cells_before, columns(data.x), genes_before));
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
    require(value >= 0 && std::isfinite(value), option, value, "choose 0 or more, or leave it out");
  };
  at_least_zero("--min-genes", static_cast<double>(min_genes));
  at_least_zero("--min-counts", static_cast<double>(min_counts));
  at_least_zero("--min-cells", static_cast<double>(min_cells));
  at_least_zero("--target-sum", target_sum);
  at_least_zero("--top-genes", static_cast<double>(top_genes));
  at_least_zero("--max-value", max_value);
  if (!(max_fraction >= 0 && max_fraction <= 1)) {
    throw InputError("", "--max-fraction", fmt::format("{:g} is not a fraction of counts", max_fraction),
                     "use a number from 0 to 1, such as 0.05");
  }
  if (max_fraction < 1 && gene_prefix.empty()) {
    throw InputError("", "--max-fraction", "requires a set of genes", "choose them with --gene-prefix, such as MT-");
  }
  if (target_sum > 0 && !normalize) {
    throw InputError("", "--target-sum", "has no effect without normalization", "set --normalize or omit it");
  }
  if (max_value > 0 && !scale) {
    throw InputError("", "--max-value", "clips scaled values only", "set --scale or omit it");
  }
}

namespace {

Results preprocess_all(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options, const Log& log) {
  require_counts(comm, data);
  warn_of_odd_values(comm, data.x, options, log);

  Results results;
  control_quality(comm, data, options, log, results);
  if (!options.counts_layer.empty()) results.counts = data.x;

  if (options.normalize) {
    const auto done = normalize(comm, data.x, options.target_sum);
    log.line(fmt::format("normalized each cell to a total of {:.10g}", done.target_sum));
    ValueTree record;
    record.set("target_sum", done.target_sum);
    results.uns.set("normalize_total", std::move(record));  // needed to normalize later cells alike
    if (done.empty_cells > 0) {
      log.warning(fmt::format("{} cells have no counts and stay zero; --min-counts 1 drops them", done.empty_cells));
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

std::vector<std::uint8_t> others_of(const std::vector<std::uint8_t>& mask) {
  std::vector<std::uint8_t> others(mask.size());
  std::transform(mask.begin(), mask.end(), others.begin(),
                 [](auto is_one) { return static_cast<std::uint8_t>(!is_one); });
  return others;
}

/// Expands a column of the features to all kept columns; other entries are 0, false or NaN.
Column spread(const Column& column, const std::vector<std::uint8_t>& places) {
  return std::visit(
      [&](const auto& values) -> Column {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>) {
          throw std::logic_error("preprocess adds no categorical column");
        } else if constexpr (std::is_same_v<T, Flags>) {
          Flags all{std::vector<std::uint8_t>(places.size(), 0)};
          for (std::size_t j = 0, at = 0; j < places.size(); ++j) {
            if (places[j]) all.values[j] = values.values[at++];
          }
          return all;
        } else {
          using Number = typename T::value_type;
          Number other{};
          if constexpr (std::is_floating_point_v<Number>) other = std::numeric_limits<Number>::quiet_NaN();
          T all(places.size(), other);
          for (std::size_t j = 0, at = 0; j < places.size(); ++j) {
            if (places[j]) all[j] = values[at++];
          }
          return all;
        }
      },
      column);
}

/// Preprocesses the features separately; the other columns are then restored unchanged at their positions.
Results preprocess_features(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options,
                            const Log& log, const std::vector<std::uint8_t>& features) {
  const auto others = others_of(features);
  Matrix rest = select_columns(data.x, others);
  auto figures = column_sums(comm, rest);
  ExpressionMatrix chosen{select_columns(data.x, features), std::move(data.obs), {}};
  if (comm.is_root()) chosen.var = select(data.var, features);
  auto results = preprocess_all(comm, chosen, options, log);
  if (!mpi::agree(comm, std::find(results.kept_mine.begin(), results.kept_mine.end(), 0) == results.kept_mine.end())) {
    rest = select_rows(comm, std::move(rest), results.kept_mine);
  }
  data.obs = std::move(chosen.obs);

  // Mask of all columns to keep, and mask of the features among these.
  auto kept_features = mpi::broadcast(comm, results.kept_genes);
  std::vector<std::uint8_t> kept(features.size(), 1), places;
  for (std::size_t j = 0, at = 0; j < features.size(); ++j) {
    if (features[j]) kept[j] = kept_features[at++];
    if (kept[j]) places.push_back(features[j]);
  }
  data.x = merge_columns(chosen.x, rest, places);
  if (results.counts) results.counts = merge_columns(*results.counts, rest, places);
  if (!results.highly_variable.empty()) {
    results.highly_variable = std::get<Flags>(spread(Flags{results.highly_variable}, places)).values;
  }
  if (!comm.is_root()) return results;
  results.kept_genes = kept;
  const auto known = data.var.column_names();
  data.var = select(data.var, kept);
  for (const auto& [name, values] : chosen.var.columns) {
    const bool added = std::find(known.begin(), known.end(), name) == known.end() || name == "n_cells_by_counts" ||
                       name == "total_counts" || name == "mt" || name == "highly_variable" || name == "means" ||
                       name == "dispersions" || name == "dispersions_norm" || name == "mean" || name == "std";
    if (!added) continue;
    Column all = spread(values, places);
    for (std::size_t j = 0, at = 0; j < places.size(); ++j) {
      if (places[j]) continue;
      if (name == "n_cells_by_counts") std::get<std::vector<std::int64_t>>(all)[j] = figures.nonzeros[at];
      if (name == "total_counts") std::get<std::vector<double>>(all)[j] = figures.sum[at];
      ++at;
    }
    data.var.set(name, std::move(all));
  }
  return results;
}

}  // namespace

Results preprocess(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options, const Log& log,
                   const std::vector<std::uint8_t>& features) {
  options.validate();
  check_shape(comm, data);
  const bool all = std::find(features.begin(), features.end(), std::uint8_t{0}) == features.end();
  return all ? preprocess_all(comm, data, options, log) : preprocess_features(comm, data, options, log, features);
}

}  // namespace replearn::preprocess
