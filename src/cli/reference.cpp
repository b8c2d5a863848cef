#include "cli/reference.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {

std::string reference_representation(const io::H5adReader& reference, const std::string& use_rep) {
  if (use_rep != "auto") return use_rep;
  return reference.has("obsm/X_pca") || reference.columns() > 50 ? "X_pca" : "X";
}

DistributedMatrix reference_rows(const io::H5adReader& file, const std::string& name) {
  if (name != "X") return file.obsm(name);
  auto x = file.matrix("X");
  return std::holds_alternative<SparseRows>(x) ? to_dense(std::get<SparseRows>(x))
                                               : std::get<DistributedMatrix>(std::move(x));
}

const DistributedMatrix& new_rows(Workspace& work, const std::string& name, const std::string& reference) {
  if (name != "X" && !work.embedding(name)) {
    throw InputError(
        work.input_path(), "obsm/" + name, "no such key, and " + reference + " was mapped from it",
        "bring the new cells into the space of the reference first: replearn pca --reference " + reference);
  }
  return work.representation(name);
}

std::vector<Index> columns_of_genes(Workspace& work, const io::H5adReader& reference, const std::string& absent) {
  const auto theirs = reference.annotations("var");
  const auto& ours = work.data().var.names;
  std::vector<Index> columns;
  if (work.comm().is_root()) {
    std::map<std::string, Index> column_of;
    for (std::size_t j = 0; j < ours.size(); ++j) column_of[ours[j]] = static_cast<Index>(j);
    for (const auto& name : theirs.names) {
      const auto at = column_of.find(name);
      columns.push_back(at == column_of.end() ? -1 : at->second);
    }
  }
  columns = mpi::broadcast(work.comm(), columns);
  const auto found = columns.size() - static_cast<std::size_t>(std::count(columns.begin(), columns.end(), -1));
  if (found == 0) {
    throw InputError(work.input_path(), "var", "has none of the genes of " + reference.path(),
                     "name genes alike in both files");
  }
  if (found < columns.size()) {
    work.session().log.line(format("%zu of the %zu genes of %s are in the input; the others %s", found, columns.size(),
                                   reference.path().c_str(), absent.c_str()));
  }
  return columns;
}

}  // namespace replearn::cli
