#pragma once
#include <string>

#include "io/compression.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// How the main array of an input is compressed: X of an .h5ad, the matrix of a 10x or Loom file, word vectors in HDF5;
/// not, in whatever is no HDF5 file. Collective. Throws InputError.
Compression compression_of_input(const mpi::Communicator& comm, const std::string& path);

}  // namespace replearn::io
