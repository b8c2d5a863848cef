#pragma once
#include <string>
#include <vector>

#include "io/hdf5_file.hpp"

namespace replearn::io {

/// One column of a matrix of an .h5ad as float32, an entry for each row. By one rank alone: of a dense matrix and of
/// CSC it reads just that column, of CSR all of its indices. Throws InputError, as CompressedMatrix does, and where a
/// row holds the column twice.
std::vector<float> read_column_of(const Hdf5File& file, const std::string& element, Index column);

}  // namespace replearn::io
