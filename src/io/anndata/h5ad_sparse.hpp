#pragma once
#include <string>

#include "data/distributed_matrix.hpp"
#include "data/sparse_rows.hpp"
#include "io/hdf5/hdf5_file.hpp"

/// Matrices of an .h5ad, each rank reading its own rows. All functions are collective and throw InputError on all ranks
/// if one of them finds an error. The file must be open on all ranks.
namespace replearn::io {

/// Values as float32. Throws if one is not finite. keep_missing: NaN is allowed; otherwise it is an error.
DistributedMatrix read_dense(const mpi::Communicator& comm, const Hdf5File& file, const std::string& element,
                             const RowPartition& partition, bool keep_missing = false);

/// Throws InputError naming the row and column of a value that is not finite, or too large for float32. rows: read from
/// row `first_row` of the dataset on. keep_missing: NaN is allowed. One rank.
void require_finite_rows(const Hdf5Dataset& dataset, const RowMatrix& rows, Index first_row, bool keep_missing);

/// CSR: each rank reads its slice of indptr, then of indices and data. Throws if indptr decreases, an index is out of
/// range or occurs twice in a row, or a value is not finite. The returned indices are ascending.
SparseRows read_csr(const mpi::Communicator& comm, const Hdf5File& file, const std::string& element,
                    const RowPartition& partition);

/// CSC: each rank reads a share of the columns and sends the entries to the owners of their rows (one all-to-all of 12
/// bytes per entry).
SparseRows read_csc(const mpi::Communicator& comm, const Hdf5File& file, const std::string& element,
                    const RowPartition& partition);

}  // namespace replearn::io
