#pragma once
#include <string>

#include "io/hdf5/compression.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// Compression of an input's main array: X of an .h5ad, the matrix of a 10x or Loom file, word vectors in HDF5; none if
/// it is not an HDF5 file. Collective. Throws InputError.
Compression compression_of_input(const mpi::Communicator& comm, const std::string& path);

}  // namespace replearn::io
