#include "cli/reference.hpp"

#include "base/error.hpp"

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
    throw InputError(work.input_path(), "obsm/" + name, "no such key, and " + reference + " was mapped from it",
                     "bring the new cells into the space of the reference first, by its own varm/PCs and means, as "
                     "Scanpy's ingest does");
  }
  return work.representation(name);
}

}  // namespace replearn::cli
