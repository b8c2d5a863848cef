#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"

/// Implementation of io::inspect for HDF5 files. All functions are called by one rank.
namespace replearn::io {

/// "rows x columns: 2700 x 32738 (cells x genes)"
std::string shape_line(Index rows, Index columns);
/// "2286884 (2.59 %)"
std::string stored_text(Index stored, Index rows, Index columns);

/// Describes an .h5ad file: X, layers, columns of obs and var with their types, keys of the other elements.
std::vector<std::string> inspect_h5ad(const std::string& path);
/// Describes a 10x HDF5 file; all genomes unless one is chosen.
std::vector<std::string> inspect_tenx(const std::string& path, const std::string& genome);

}  // namespace replearn::io
