#include "methods/preprocess/quality_control.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "numerics/exact_sums.hpp"
#include "numerics/matrix_values.hpp"

namespace replearn::preprocess {
namespace {

/// No cell has as many molecules; bounds the sums of genes.
constexpr double count_limit = 1099511627776.0;  // 2^40

bool is_count(float x) {
  return x >= 0 && static_cast<double>(x) < count_limit;
}

/// Metrics of this rank's cells and genes, collected block by block.
class FigureCollector {
 public:
  FigureCollector(const RowPartition& rows, int rank, Index genes, const std::vector<std::uint8_t>& marked,
                  const std::vector<std::uint8_t>& features, Index rare_below)
      : first_row_(rows.begin(rank)),
        marked_(marked),
        features_(features),
        rare_below_(static_cast<std::size_t>(rare_below)),
        whole_sums_(static_cast<std::size_t>(genes), 0),
        fractions_(genes, count_limit, rows.rows()) {
    const auto cells = static_cast<std::size_t>(rows.count(rank)), columns = static_cast<std::size_t>(genes);
    figures_.cells = {std::vector<Index>(cells, 0), std::vector<double>(cells, 0.0), std::vector<double>(cells, 0.0)};
    figures_.nonzeros.assign(columns, 0);
    figures_.nonzeros_of_kept.assign(columns, 0);
    figures_.kept_cells.assign(cells, 0);
    if (rare_below > 0) figures_.rare.resize(columns);
  }

  void add(Index first, const Matrix& block, const std::function<bool(const CellFigures&, std::size_t)>& keeps) {
    auto& cells = figures_.cells;
    summary_.add(block, features_);
    for_each_value(block, [&](Index i, Index j, float x) {
      if (x == 0) return;
      const auto cell = static_cast<std::size_t>(first + i), gene = static_cast<std::size_t>(j);
      const bool is_feature = features_.empty() || features_[gene] != 0;
      if (!is_count(x)) {
        if (is_feature && figures_.bad.row < 0) figures_.bad = {first_row_ + first + i, j, x};
        return;
      }
      ++figures_.nonzeros[gene];
      const auto whole = static_cast<Index>(x);
      if (static_cast<float>(whole) == x)
        whole_sums_[gene] += whole;
      else
        fractions_.add(j, x);
      if (!is_feature) return;
      ++cells.n_genes_by_counts[cell];
      cells.total_counts[cell] += x;
      if (marked_[gene] != 0) cells.total_counts_mt[cell] += x;
    });
    for (Index i = 0; i < local_rows(block); ++i) {
      const auto cell = static_cast<std::size_t>(first + i);
      figures_.kept_cells[cell] = keeps(cells, cell);
      any_dropped_ = any_dropped_ || figures_.kept_cells[cell] == 0;
    }
    if (any_dropped_ || rare_below_ > 0) add_values_of_kept(first, block);
  }

  /// Combines the figures of all ranks. Collective.
  InputFigures finish(const mpi::Communicator& comm, Index stored_if_dense) {
    auto& kept = figures_.nonzeros_of_kept;  // so far: of the cells that are dropped
    for (std::size_t j = 0; j < kept.size(); ++j) kept[j] = figures_.nonzeros[j] - kept[j];
    mpi::all_reduce(comm, std::span<Index>(figures_.nonzeros), mpi::Reduction::sum);
    mpi::all_reduce(comm, std::span<Index>(kept), mpi::Reduction::sum);
    mpi::all_reduce(comm, std::span<Index>(whole_sums_), mpi::Reduction::sum);
    fractions_.reduce(comm);
    for (std::size_t j = 0; j < kept.size(); ++j) {
      figures_.total_counts.push_back(static_cast<double>(whole_sums_[j]) + fractions_.sum(static_cast<Index>(j)));
    }
    figures_.values = summary_.finish(comm, stored_if_dense);
    const auto found = mpi::all_gather(comm, figures_.bad);
    const auto bad = std::find_if(found.begin(), found.end(), [](const BadValue& b) { return b.row >= 0; });
    if (bad != found.end()) figures_.bad = *bad;
    return std::move(figures_);
  }

 private:
  /// Counts the values of dropped cells, and remembers the first few values of each gene in kept ones.
  void add_values_of_kept(Index first, const Matrix& block) {
    for_each_value(block, [&](Index i, Index j, float x) {
      if (x == 0) return;
      const auto gene = static_cast<std::size_t>(j);
      if (figures_.kept_cells[static_cast<std::size_t>(first + i)] == 0) {
        ++figures_.nonzeros_of_kept[gene];
      } else if (rare_below_ > 0 && figures_.rare[gene].size() < rare_below_) {
        figures_.rare[gene].push_back({first + i, x});
      }
    });
  }

  Index first_row_;
  const std::vector<std::uint8_t>& marked_;
  const std::vector<std::uint8_t>& features_;
  std::size_t rare_below_;
  std::vector<Index> whole_sums_;  // of each gene: its whole numbers
  ExactSums fractions_;            // and the others
  bool any_dropped_ = false;
  ValueSummarizer summary_;
  InputFigures figures_;
};

/// "cell 'AAAC-1' (row 3 of X)"; without a name only the position.
std::string described(const char* kind, const std::vector<std::string>& names, const char* side, Index index) {
  const std::string place = std::string(side) + " " + std::to_string(index) + " of X";
  if (static_cast<std::size_t>(index) >= names.size()) return place;
  return std::string(kind) + " '" + names[index] + "' (" + place + ")";
}

}  // namespace

std::vector<std::uint8_t> genes_with_prefix(const mpi::Communicator& comm, const std::vector<std::string>& names,
                                            Index genes, const std::string& prefix,
                                            const std::vector<std::uint8_t>& features) {
  std::vector<std::uint8_t> marked(static_cast<std::size_t>(genes), 0);
  if (prefix.empty()) return marked;
  for (std::size_t j = 0; j < std::min(marked.size(), names.size()); ++j) {
    marked[j] = names[j].starts_with(prefix) && (features.empty() || features[j] != 0);
  }
  mpi::broadcast_into(comm, std::span<std::uint8_t>(marked));
  return marked;
}

InputFigures input_figures(const mpi::Communicator& comm, const RowBlocks& x, const std::vector<std::uint8_t>& marked,
                           const std::vector<std::uint8_t>& features, Index rare_below,
                           const std::function<bool(const CellFigures& cells, std::size_t cell)>& keeps) {
  FigureCollector collector(x.partition(), comm.rank(), x.columns(), marked, features, rare_below);
  visit(comm, x, [&](Index first, const Matrix& block) { collector.add(first, block, keeps); });
  const Index examined =
      features.empty() ? x.columns() : std::count_if(features.begin(), features.end(), [](auto f) { return f != 0; });
  return collector.finish(comm, x.rows() * examined);
}

std::optional<std::vector<double>> totals_of_kept(const mpi::Communicator& comm, const InputFigures& figures,
                                                  const std::vector<std::uint8_t>& kept_genes,
                                                  const std::vector<std::uint8_t>& features, Index rare_below) {
  const bool all_genes = std::find(kept_genes.begin(), kept_genes.end(), std::uint8_t{0}) == kept_genes.end();
  if (!figures.values.whole || (!all_genes && rare_below == 0)) return {};
  auto totals = figures.cells.total_counts;
  for (std::size_t j = 0; j < kept_genes.size(); ++j) {
    if (kept_genes[j] != 0 || (!features.empty() && features[j] == 0)) continue;
    for (const auto& [cell, value] : figures.rare[j]) totals[static_cast<std::size_t>(cell)] -= static_cast<double>(value);
  }
  std::vector<double> kept;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    if (figures.kept_cells[i] != 0) kept.push_back(totals[i]);
  }
  // Kept rows are dealt out anew.
  const auto all = mpi::all_gather_v(comm, kept);
  const RowPartition rows(static_cast<Index>(all.size()), comm.shares());
  return std::vector<double>(all.begin() + rows.begin(comm.rank()), all.begin() + rows.end(comm.rank()));
}

void require_counts(const mpi::Communicator& comm, const BadValue& bad, const std::vector<std::string>& cells,
                    const std::vector<std::string>& genes) {
  if (bad.row < 0) return;
  mpi::on_root(comm, [&] {  // only root has the names
    throw InputError(
        "", described("cell", cells, "row", bad.row) + ", " + described("gene", genes, "column", bad.column),
        fmt::format("the value {:g} is not a count", bad.value),
        "preprocessing requires raw counts, finite and nonnegative: choose the layer that holds them; a matrix that is "
        "already preprocessed does not need it");
  });
}

void annotate_cells(const mpi::Communicator& comm, const CellFigures& mine, bool with_share, Annotations& obs) {
  CellFigures all{mpi::gather_v(comm, mine.n_genes_by_counts), mpi::gather_v(comm, mine.total_counts),
                  mpi::gather_v(comm, mine.total_counts_mt)};
  if (!comm.is_root()) return;
  std::vector<double> percent(all.total_counts.size());
  for (std::size_t i = 0; i < percent.size(); ++i) percent[i] = 100 * all.share(i);
  obs.set("n_genes_by_counts", std::move(all.n_genes_by_counts));
  obs.set("total_counts", std::move(all.total_counts));
  if (!with_share) return;
  obs.set("total_counts_mt", std::move(all.total_counts_mt));
  obs.set("pct_counts_mt", std::move(percent));
}

}  // namespace replearn::preprocess
