#pragma once
#include <string>
#include <vector>

#include "io/anndata/compressed_matrix.hpp"
#include "io/anndata/h5ad_cut.hpp"
#include "io/anndata/kept_entries.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// {rows, columns} of a sparse matrix after filtering. Throws InputError if a mask is not as long as its axis. Local.
std::vector<Index> cut_shape(const Hdf5File& from, const std::string& element, const Mask& rows, const Mask& columns);

/// Filters rows and columns of a CSR or CSC matrix; types and order are kept. Done in two steps: the kept entries of
/// each row (column of CSC) are counted first, so that the arrays can be created with their final length. Each rank
/// stores the ranges of kept entries (or three numbers per row if both rows and columns are filtered) and reads a few
/// megabytes at a time.
class SparseCut {
 public:
  /// Checks indptr; indices are checked as they are read. from: opened separately by each rank. Collective. Throws
  /// InputError.
  SparseCut(const mpi::Communicator& comm, const Hdf5File& from, const std::string& element, const Mask& rows,
            const Mask& columns);

  /// Creates data, indices and indptr, and writes indptr. recompression: nullptr keeps that of the source. Root, once.
  void make(Hdf5File& to, const Compression* recompression);
  /// Collective.
  void fill(ArrayWriter& writer, const ArrayPlace& data, const ArrayPlace& indices) const;

 private:
  /// For each source row, the number of entries kept if the row is kept. Collective.
  std::vector<Index> count_kept(const mpi::Communicator& comm, const std::vector<Index>& offsets) const;
  template <class T>
  std::vector<Index> count_rows(const std::vector<Index>& offsets, Index begin, Index end) const;
  /// Output type of indices and indptr: that of the source, but signed (SciPy warns about unsigned).
  Hdf5Handle type_like(const Hdf5Dataset& source) const;

  std::string element_;
  CompressedMatrix source_;
  KeptEntries kept_;
  std::vector<Index> indptr_;  // of the result, on root, until written
};

}  // namespace replearn::io
