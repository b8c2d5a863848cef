#pragma once
#include <string>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {

/// Whether obs and var are compound tables, as anndata before 0.7 wrote them. One process.
bool is_old_anndata(const Hdf5File& file);

/// Reads X, obs and var of such a file, each rank its rows of X; categories are stored in uns. Other elements (obsm,
/// raw, other entries of uns) are skipped, which is logged. Collective; throws InputError on all ranks.
ExpressionMatrix read_old_anndata(const mpi::Communicator& comm, const std::string& path, bool keep_missing,
                                  const Log& log);

}  // namespace replearn::io
