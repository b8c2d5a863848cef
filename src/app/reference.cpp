#include "app/reference.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "app/feature_types.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {

std::string reference_representation(const io::H5adReader& reference, const std::string& use_rep) {
  if (use_rep != "auto") return use_rep;
  return reference.has("obsm/X_pca") || reference.columns() > 50 ? "X_pca" : "X";
}

DistributedMatrix reference_rows(Workspace& work, const io::H5adReader& file, const std::string& name,
                                 const std::vector<std::string>& feature_types) {
  if (name != "X") return file.obsm(name);
  auto x = file.matrix("X");
  const auto mask = chosen_features(work.comm(), file.annotations("var"), file.path(), "the reference", feature_types,
                                    work.session().log);
  if (!mask.empty()) x = select_columns(std::move(x), mask);
  return std::holds_alternative<SparseRows>(x) ? to_dense(std::get<SparseRows>(x))
                                               : std::get<DistributedMatrix>(std::move(x));
}

const DistributedMatrix& new_rows(Workspace& work, const std::string& name, const std::string& reference,
                                  const std::vector<std::string>& feature_types) {
  if (name != "X" && !work.embedding(name)) {
    throw InputError(
        work.input_path(), "obsm/" + name, "no such key, and " + reference + " was computed from it",
        "project the new cells into the space of the reference first: replearn pca --reference " + reference);
  }
  return work.representation(name, feature_types);
}

std::optional<std::vector<std::string>> find_genes_of_model(Workspace& work, const io::H5adReader& reference,
                                                            Index count, const std::string& key) {
  if (!key.empty() && reference.has(key)) {
    auto named = reference.texts(key);
    if (static_cast<Index>(named.size()) == count) return named;
  }
  const auto is_right = [&](const Annotations& table) {
    return mpi::broadcast(work.comm(), static_cast<Index>(table.names.size())) == count;
  };
  for (const char* table : {"var", "raw/var"}) {
    if (!reference.has(table)) continue;
    auto found = reference.annotations(table);
    if (is_right(found)) return std::move(found.names);
  }
  return std::nullopt;
}

std::vector<std::string> genes_of_model(Workspace& work, const io::H5adReader& reference, Index count,
                                        const std::string& key) {
  if (auto found = find_genes_of_model(work, reference, count, key)) return std::move(*found);
  throw InputError(reference.path(), "var", fmt::format("does not match the {} genes of the model", count),
                   "use the file as written by the verb");
}

std::vector<Index> columns_of_genes(Workspace& work, const std::vector<std::string>& genes, const std::string& of,
                                    const std::string& matrix, const std::string& absent) {
  const auto ours = work.genes_of(matrix);
  std::vector<Index> columns;
  mpi::on_root(work.comm(), [&] {
    std::map<std::string, Index> column_of, wanted;
    for (std::size_t j = 0; j < ours.size(); ++j) column_of[ours[j]] = static_cast<Index>(j);
    const auto twice = [](const std::string& file, const std::string& name) {
      return InputError(file, "var", "'" + name + "' occurs twice",
                        "make names unique, for example with AnnData's var_names_make_unique()");
    };
    for (const auto& name : genes) {
      const auto at = column_of.find(name);
      columns.push_back(at == column_of.end() ? -1 : at->second);
      if (at != column_of.end() && ++wanted[name] > 1) throw twice(of, name);
    }
    for (std::size_t j = 0; j < ours.size(); ++j) {
      if (column_of[ours[j]] != static_cast<Index>(j) && wanted.contains(ours[j]))
        throw twice(work.input_path(), ours[j]);
    }
  });
  columns = mpi::broadcast(work.comm(), columns);
  const auto found = columns.size() - static_cast<std::size_t>(std::count(columns.begin(), columns.end(), -1));
  if (found == 0) {
    throw InputError(work.input_path(), "var", "shares no genes with " + of, "use the same gene names in both files");
  }
  if (found < columns.size()) {
    work.session().log.line(
        fmt::format("{} of the {} genes of {} are in the input; the others {}", found, columns.size(), of, absent));
  }
  return columns;
}

}  // namespace replearn::app
