#pragma once
#include <string>
#include <vector>

#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {

/// One column of an .h5ad matrix as float32, one entry per row. One rank; reads only that column of dense and CSC
/// matrices, but all indices of CSR. Throws InputError like CompressedMatrix, and if a row contains the column twice.
std::vector<float> read_column_of(const Hdf5File& file, const std::string& element, Index column);

}  // namespace replearn::io
