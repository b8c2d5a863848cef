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
#include "methods/preprocess/filter_record.hpp"
#include "methods/preprocess/highly_variable.hpp"
#include "methods/preprocess/normalize.hpp"
#include "methods/preprocess/pearson_residuals.hpp"
#include "methods/preprocess/quality_control.hpp"
#include "methods/preprocess/working_matrix.hpp"
#include "mpi/collectives.hpp"

namespace replearn::preprocess {
namespace {

void check_shape(const mpi::Communicator& comm, const RowBlocks& x, const Annotations& obs, const Annotations& var) {
  if (x.rows() == 0) throw InputError("", "X", "has no rows", "use a matrix of cells x genes");
  if (x.columns() == 0) throw InputError("", "X", "has no columns", "use a matrix of cells x genes");
  mpi::on_root(comm, [&] {
    if (obs.size() != x.rows() || var.size() != x.columns()) {
      throw std::invalid_argument("preprocess: obs and var must name each row and each column of X");
    }
  });
}

void warn_of_odd_values(const ValueSummary& values, const Options& options, const Log& log) {
  if (!values.holds_counts() && !options.pearson_residuals && (options.normalize || options.log1p)) {
    log.warning("the values are not counts but " + values.text() +
                ": if they were normalized or log-transformed before, this has now been done a second time" +
                (options.log1p ? fmt::format("; the largest, {:.4g}, becomes ln(1 + x) of its scaled value", values.max)
                               : std::string()));
  }
  const auto flavor = options.hvg.flavor;
  if (values.whole && !options.log1p && flavor != HvgFlavor::none && !uses_counts(flavor)) {
    log.warning(
        "X contains integers and log1p is not applied: highly variable genes are defined on log-transformed values");
  }
  if (!values.holds_counts() && (uses_counts(flavor) || options.pearson_residuals)) {
    log.warning((options.pearson_residuals ? "Pearson residuals are" : "the flavor " + flavor_name(flavor) + " is") +
                " defined on counts, but X holds " + values.text());
  }
}

/// The filters are considered too strict if they keep a smaller fraction of the cells.
constexpr double few_left = 0.5;

/// Genes with up to so many cells may be remembered to subtract them from the totals of cells.
constexpr Index max_rare = 64;

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

bool passes(const CellFigures& cells, std::size_t i, const Options& options) {
  // The fraction is undefined without counts; other filters handle such cells.
  return cells.n_genes_by_counts[i] >= options.min_genes &&
         cells.total_counts[i] >= static_cast<double>(options.min_counts) && !(cells.share(i) > options.max_fraction);
}

/// Warns if few cells pass, and throws if none does. Collective.
void check_kept_cells(const mpi::Communicator& comm, const InputFigures& figures, const Options& options,
                      const Log& log) {
  const auto& cells = figures.cells;
  Index kept = 0, max_genes = 0;
  double max_counts = 0;
  Dropped dropped;
  for (std::size_t i = 0; i < figures.kept_cells.size(); ++i) {
    dropped.by_genes += cells.n_genes_by_counts[i] < options.min_genes;
    dropped.by_counts += cells.total_counts[i] < static_cast<double>(options.min_counts);
    dropped.by_fraction += cells.share(i) > options.max_fraction;
    kept += figures.kept_cells[i];
    max_genes = std::max(max_genes, cells.n_genes_by_counts[i]);
    max_counts = std::max(max_counts, cells.total_counts[i]);
  }
  Index sums[] = {kept, static_cast<Index>(figures.kept_cells.size()), dropped.by_genes, dropped.by_counts,
                  dropped.by_fraction};
  mpi::all_reduce(comm, std::span<Index>(sums), mpi::Reduction::sum);
  if (sums[0] > 0) return warn_of_few_cells(sums[0], sums[1], {sums[2], sums[3], sums[4]}, options, log);
  max_genes = mpi::all_reduce(comm, max_genes, mpi::Reduction::max);
  max_counts = mpi::all_reduce(comm, max_counts, mpi::Reduction::max);
  throw InputError("", "--min-genes, --min-counts, --max-fraction", "no cell passes the filters",
                   fmt::format("relax the filters: the maximum is {} expressed genes per cell and a total of {:.10g}",
                               max_genes, max_counts));
}

/// Columns that are no features pass.
std::vector<std::uint8_t> genes_that_pass(const std::vector<Index>& cells_of_gene,
                                          const std::vector<std::uint8_t>& features, Index min_cells) {
  std::vector<std::uint8_t> keep(cells_of_gene.size());
  Index kept = 0, most = 0;
  for (std::size_t j = 0; j < keep.size(); ++j) {
    const bool is_feature = features.empty() || features[j] != 0;
    keep[j] = !is_feature || cells_of_gene[j] >= min_cells;
    kept += is_feature && keep[j] != 0;
    if (is_feature) most = std::max(most, cells_of_gene[j]);
  }
  if (kept == 0) {
    throw InputError("", "--min-cells", "no gene passes the filter",
                     fmt::format("lower it: no gene is expressed in more than {} of the kept cells", most));
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

/// Preprocessing of one matrix.
class Preprocessor {
 public:
  Preprocessor(const mpi::Communicator& comm, WorkingMatrix& x, Annotations& obs, Annotations& var,
               const Options& options, const Log& log, const std::vector<std::uint8_t>& features)
      : comm_(comm), x_(x), obs_(obs), var_(var), options_(options), log_(log), features_(features) {}

  Results run() {
    control_quality();
    if (!options_.counts_layer.empty()) x_.store_counts();
    const auto flavor = options_.hvg.flavor;
    if (uses_counts(flavor)) mark_highly_variable();
    if (options_.pearson_residuals)
      take_residuals();
    else
      transform();
    if (flavor != HvgFlavor::none && !uses_counts(flavor)) mark_highly_variable();
    if (options_.scale) scale();
    return std::move(results_);
  }

 private:
  /// Adds the quality-control metrics to obs and var, then applies the filters.
  void control_quality();
  void warn_of_missing_prefix(const std::vector<std::uint8_t>& marked) const;
  void transform();
  /// No value of the features is larger.
  double bound_of_values() const;
  void mark_highly_variable();
  /// X becomes dense: the Pearson residuals of the highly variable genes, of all genes if none were sought.
  void take_residuals();
  void scale();
  /// Drops columns after the filters. keep: one entry per column.
  void keep_columns(const std::vector<std::uint8_t>& keep);

  Index feature_count() const {
    return features_.empty() ? x_.rows().columns() : std::count(features_.begin(), features_.end(), std::uint8_t{1});
  }
  const mpi::Communicator& comm_;
  WorkingMatrix& x_;
  Annotations &obs_, &var_;  // on root
  const Options& options_;
  const Log& log_;
  std::vector<std::uint8_t> features_;  // mask of the columns that are left; empty: all
  double largest_ = 0;                  // no value of the features is larger
  std::optional<std::vector<double>> totals_;  // of the local cells, if known from the figures
  Results results_;
};

void Preprocessor::warn_of_missing_prefix(const std::vector<std::uint8_t>& marked) const {
  if (options_.gene_prefix.empty()) return;
  if (std::find(marked.begin(), marked.end(), std::uint8_t{1}) != marked.end()) return;
  log_.warning(fmt::format("none of {} genes has a name that begins with {}: pct_counts_mt is 0{}", feature_count(),
                           options_.gene_prefix,
                           options_.max_fraction < 1 ? " and --max-fraction drops no cell" : "") +
               hint_of_prefix(var_.names, options_.gene_prefix));
}

void Preprocessor::control_quality() {
  const Index cells_before = x_.rows().rows(), genes_before = feature_count();
  const auto marked = genes_with_prefix(comm_, var_.names, x_.rows().columns(), options_.gene_prefix, features_);
  warn_of_missing_prefix(marked);
  const Index rare_below = options_.normalize && options_.min_cells <= max_rare ? options_.min_cells : 0;
  auto figures =
      input_figures(comm_, x_.rows(), marked, features_, rare_below,
                    [&](const CellFigures& cells, std::size_t i) { return passes(cells, i, options_); });
  require_counts(comm_, figures.bad, obs_.names, var_.names);
  if (options_.only_counts && !figures.values.holds_counts()) {
    throw InputError("", "", "no matrix contains counts: X holds " + figures.values.text(),
                     "choose the matrix to transform with --matrix, such as --matrix X or layers/NAME");
  }
  warn_of_odd_values(figures.values, options_, log_);
  largest_ = figures.values.max;

  const bool with_share = !options_.gene_prefix.empty();
  annotate_cells(comm_, figures.cells, with_share, obs_);
  if (comm_.is_root()) {
    if (with_share) var_.set("mt", Flags{marked});
    var_.set("n_cells_by_counts", std::move(figures.nonzeros));
    var_.set("total_counts", std::move(figures.total_counts));
  }

  check_kept_cells(comm_, figures, options_, log_);
  const auto kept_genes = genes_that_pass(figures.nonzeros_of_kept, features_, options_.min_cells);
  if (options_.normalize) totals_ = totals_of_kept(comm_, figures, kept_genes, features_, rare_below);
  results_.kept_mine = std::move(figures.kept_cells);
  results_.kept_cells = mpi::gather_v(comm_, results_.kept_mine);
  results_.filters = filter_record(comm_, obs_, results_.kept_cells, static_cast<Index>(kept_genes.size()),
                                   std::count(kept_genes.begin(), kept_genes.end(), 1),
                                   {"total_counts", "n_genes_by_counts", "pct_counts_mt"});
  x_.keep_rows(comm_, results_.kept_mine);
  if (comm_.is_root()) {
    obs_ = select(obs_, results_.kept_cells);
    results_.kept_genes.assign(kept_genes.size(), 1);
  }
  keep_columns(kept_genes);
  log_.line(fmt::format("kept {} of {} cells and {} of {} genes", x_.rows().rows(), cells_before, feature_count(),
                        genes_before));
}

void Preprocessor::transform() {
  RowTransform transform{{}, options_.log1p, features_};
  if (options_.normalize) {
    auto totals = totals_ ? std::move(*totals_) : row_totals(comm_, x_.rows(), features_);
    auto done = normalization(comm_, std::move(totals), options_.target_sum);
    log_.line(fmt::format("normalized each cell to a total of {:.10g}", done.target_sum));
    ValueTree record;
    record.set("target_sum", done.target_sum);
    results_.uns.set("normalize_total", std::move(record));  // needed to normalize later cells alike
    if (done.empty_cells > 0) {
      log_.warning(fmt::format("{} cells have no counts and stay zero; --min-counts 1 drops them", done.empty_cells));
    }
    transform.factors = std::move(done.factors);
    largest_ = done.target_sum;
  }
  if (options_.log1p) {
    results_.uns.set("log1p", ValueTree());  // natural logarithm: no "base"
    largest_ = std::log1p(largest_);
  }
  if (options_.normalize || options_.log1p) x_.transform(std::move(transform));
}

double Preprocessor::bound_of_values() const {
  // Without a logarithm the bound would overflow in exp(x) - 1, which the values themselves may not.
  if (options_.log1p || !options_.normalize || uses_counts(options_.hvg.flavor)) return largest_;
  return std::min(largest_, summarize_values(comm_, x_.rows()).max);
}

void Preprocessor::mark_highly_variable() {
  const auto& partition = x_.rows().partition();
  const auto batches = options_.batch_key.empty() ? single_batch(partition, comm_.rank())
                                                  : batches_of(comm_, obs_, options_.batch_key, partition);
  std::vector<std::string> names;
  for (std::size_t j = 0; j < var_.names.size(); ++j) {
    if (features_.empty() || features_[j] != 0) names.push_back(var_.names[j]);
  }
  const SelectedColumns chosen(x_.rows(), features_);
  auto found = highly_variable(comm_, features_.empty() ? x_.rows() : chosen, options_.hvg, bound_of_values(), batches, names, log_);
  const auto spread_out = [&](const Column& column) { return features_.empty() ? column : spread(column, features_); };
  for (const auto& [name, values] : found.columns) var_.set(name, spread_out(values));
  results_.highly_variable = std::get<Flags>(spread_out(Flags{std::move(found.selected)})).values;
  results_.uns.set("hvg", ValueTree().set("flavor", flavor_name(options_.hvg.flavor)));
}

void Preprocessor::keep_columns(const std::vector<std::uint8_t>& keep) {
  x_.keep_columns(keep);
  const auto kept = [&](std::vector<std::uint8_t>& mask) {
    std::size_t out = 0;
    for (std::size_t j = 0; j < mask.size(); ++j) {
      if (keep[j] != 0) mask[out++] = mask[j];
    }
    mask.resize(out);
  };
  kept(features_);
  kept(results_.highly_variable);
  if (!comm_.is_root()) return;
  var_ = select(var_, keep);
  for (std::size_t j = 0, at = 0; j < results_.kept_genes.size(); ++j) {
    if (results_.kept_genes[j] != 0) results_.kept_genes[j] = keep[at++];
  }
}

void Preprocessor::take_residuals() {
  if (!results_.highly_variable.empty()) {
    auto keep = results_.highly_variable;
    for (std::size_t j = 0; j < features_.size(); ++j) keep[j] = keep[j] != 0 || features_[j] == 0;
    keep_columns(keep);
  }
  const Index cells = x_.rows().rows(), genes = feature_count();
  const double clip = options_.hvg.clip > 0 ? options_.hvg.clip : default_clip(cells);
  log_.line(fmt::format("Pearson residuals of {} genes, clipped to {:.4g}: X becomes dense, {:.3g} GB over all ranks",
                        genes, clip, 4e-9 * static_cast<double>(cells) * static_cast<double>(genes)));
  x_.take_residuals(comm_, options_.hvg.theta, clip, features_);
  results_.uns.set("pearson_residuals_normalization", ValueTree().set("theta", options_.hvg.theta).set("clip", clip));
}

void Preprocessor::scale() {
  auto scaling = x_.scale(comm_, options_.max_value, features_);
  if (!comm_.is_root()) return;
  for (std::size_t j = 0; j < features_.size(); ++j) {
    if (features_[j] == 0) scaling.mean[j] = scaling.deviation[j] = std::numeric_limits<double>::quiet_NaN();
  }
  var_.set("mean", std::move(scaling.mean));
  var_.set("std", std::move(scaling.deviation));
}

/// A mask of all columns is no mask.
std::vector<std::uint8_t> mixed(const std::vector<std::uint8_t>& features) {
  const bool all = std::find(features.begin(), features.end(), std::uint8_t{0}) == features.end();
  return all ? std::vector<std::uint8_t>() : features;
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
  hvg.validate();
  if (!batch_key.empty() && hvg.flavor == HvgFlavor::none) {
    throw InputError("", "--batch-key", "has no effect without highly variable genes",
                     "choose a flavor with --highly-variable or omit it");
  }
  if (!pearson_residuals) return;
  if (target_sum > 0) {
    throw InputError("", "--target-sum", "has no effect on Pearson residuals", "omit it or --pearson-residuals");
  }
  if (hvg.flavor != HvgFlavor::none && !uses_counts(hvg.flavor)) {
    throw InputError("", "--highly-variable",
                     flavor_name(hvg.flavor) + " is defined on logarithms, which --pearson-residuals does not compute",
                     "use pearson_residuals, seurat_v3 or none");
  }
}

Results preprocess(const mpi::Communicator& comm, ExpressionMatrix& data, const Options& options, const Log& log,
                   const std::vector<std::uint8_t>& features) {
  options.validate();
  MatrixInMemory x(data.x);
  check_shape(comm, x.rows(), data.obs, data.var);
  auto results = Preprocessor(comm, x, data.obs, data.var, options, log, mixed(features)).run();
  results.counts = x.take_counts();
  return results;
}

Results preprocess(const mpi::Communicator& comm, StoredExpression& data, const Options& options, const Log& log,
                   const std::vector<std::uint8_t>& features) {
  options.validate();
  require(!options.scale && !options.pearson_residuals, "--scale, --pearson-residuals", 1,
          "their values are dense: keep X in memory");
  MatrixOnDisk x(data.x);
  check_shape(comm, x.rows(), data.obs, data.var);
  auto results = Preprocessor(comm, x, data.obs, data.var, options, log, mixed(features)).run();
  results.rows_on_disk = x.take_rows();
  results.counts_on_disk = x.take_counts();
  return results;
}

}  // namespace replearn::preprocess
