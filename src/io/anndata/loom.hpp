#pragma once
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {

/// Whether a file is a Loom file (loompy.org): genes x cells, with attributes of rows and columns. One process.
bool is_loom(const Hdf5File& file);

/// Reads the main matrix as cells x genes, sparse if most of it is zero, and one-dimensional attributes of cells into
/// obs, of genes into var. Layers and graphs are skipped, which is logged. Collective; throws InputError on all ranks.
/// Memory: twice my cells, dense.
ExpressionMatrix read_loom(const mpi::Communicator& comm, const std::string& path, const Log& log);

/// Description for `replearn inspect`. One process.
std::vector<std::string> inspect_loom(const std::string& path);

}  // namespace replearn::io
