#include "methods/preprocess/quality_control.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "mpi/collectives.hpp"
#include "numerics/matrix_values.hpp"

namespace replearn::preprocess {
namespace {

struct BadValue {
  Index row = -1, column = -1;  ///< global; -1: none
  double value = 0;
};

BadValue first_bad_value(const Matrix& matrix) {
  const Index first_row = std::visit([](const auto& m) { return m.first_row(); }, matrix);
  BadValue bad;
  for_each_value(matrix, [&](Index i, Index j, float x) {
    if (bad.row < 0 && !(x >= 0 && std::isfinite(x))) bad = {first_row + i, j, x};
  });
  return bad;
}

/// "cell 'AAAC-1' (row 3 of X)"; without a name only the position.
std::string described(const char* kind, const std::vector<std::string>& names, const char* side, Index index) {
  const std::string place = std::string(side) + " " + std::to_string(index) + " of X";
  if (static_cast<std::size_t>(index) >= names.size()) return place;
  return std::string(kind) + " '" + names[index] + "' (" + place + ")";
}

bool all_kept(const std::vector<std::uint8_t>& keep) {
  return std::find(keep.begin(), keep.end(), std::uint8_t{0}) == keep.end();
}

}  // namespace

void require_counts(const mpi::Communicator& comm, const ExpressionMatrix& data) {
  const auto found = mpi::all_gather(comm, first_bad_value(data.x));
  const auto bad = std::find_if(found.begin(), found.end(), [](const BadValue& b) { return b.row >= 0; });
  if (bad == found.end()) return;
  mpi::on_root(comm, [&] {  // only root has the names
    throw InputError(
        "",
        described("cell", data.obs.names, "row", bad->row) + ", " +
            described("gene", data.var.names, "column", bad->column),
        fmt::format("the value {:g} is not a count", bad->value),
        "preprocessing requires raw counts, finite and nonnegative: choose the layer that holds them; a matrix that is "
        "already preprocessed does not need it");
  });
}

std::vector<std::uint8_t> genes_with_prefix(const mpi::Communicator& comm, const ExpressionMatrix& data,
                                            const std::string& prefix) {
  std::vector<std::uint8_t> marked(columns(data.x), 0);
  if (prefix.empty()) return marked;
  for (std::size_t j = 0; j < std::min(marked.size(), data.var.names.size()); ++j) {
    marked[j] = data.var.names[j].starts_with(prefix);
  }
  mpi::broadcast_into(comm, std::span<std::uint8_t>(marked));
  return marked;
}

CellFigures cell_figures(const Matrix& matrix, const std::vector<std::uint8_t>& marked) {
  const auto cells = static_cast<std::size_t>(local_rows(matrix));
  CellFigures figures{std::vector<Index>(cells, 0), std::vector<double>(cells, 0.0), std::vector<double>(cells, 0.0)};
  for_each_value(matrix, [&](Index i, Index j, float x) {
    const auto cell = static_cast<std::size_t>(i);
    figures.n_genes_by_counts[cell] += x != 0;
    figures.total_counts[cell] += x;
    if (marked[j]) figures.total_counts_mt[cell] += x;
  });
  return figures;
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

std::vector<std::uint8_t> keep_cells(const mpi::Communicator& comm, ExpressionMatrix& data,
                                     const std::vector<std::uint8_t>& keep_mine) {
  auto keep = mpi::gather_v(comm, keep_mine);
  if (mpi::agree(comm, all_kept(keep_mine))) return keep;
  data.x = select_rows(comm, std::move(data.x), keep_mine);
  data.obs = select(data.obs, keep);
  return keep;
}

void keep_genes(ExpressionMatrix& data, const std::vector<std::uint8_t>& keep) {
  if (all_kept(keep)) return;
  data.x = select_columns(std::move(data.x), keep);
  data.var = select(data.var, keep);
}

}  // namespace replearn::preprocess
