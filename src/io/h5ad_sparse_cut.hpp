#pragma once
#include <string>
#include <vector>

#include "io/compressed_matrix.hpp"
#include "io/h5ad_cut.hpp"
#include "io/kept_entries.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// {rows, columns} of a sparse matrix once it is cut. Throws InputError if a mask is not as long as its axis. Local.
std::vector<Index> cut_shape(const Hdf5File& from, const std::string& element, const Mask& rows, const Mask& columns);

/// A CSR or CSC matrix of which only some rows and columns are kept; types and order of what is kept stay as they were.
/// Made in two steps: what is kept of each row (column of CSC) is counted first, so that the arrays can be made in
/// their final length. Every rank holds the stretches of entries that are kept (or three numbers a row, if rows are cut
/// as well as columns), and reads some megabytes at a time.
class SparseCut {
 public:
  /// Checks indptr; indices are checked as they are read. from: open on each rank by itself. Collective. Throws
  /// InputError.
  SparseCut(const mpi::Communicator& comm, const Hdf5File& from, const std::string& element, const Mask& rows,
            const Mask& columns);

  /// Makes data, indices and indptr, and writes indptr. anew: how to compress; nullptr: as the source. Root, once.
  void make(Hdf5File& to, const Compression* anew);
  /// Collective.
  void fill(ArrayWriter& writer, const ArrayPlace& data, const ArrayPlace& indices) const;

 private:
  /// Of each row of the source, how many of its entries are kept if the row is. Collective.
  std::vector<Index> count_kept(const mpi::Communicator& comm, const std::vector<Index>& offsets) const;
  template <class T>
  std::vector<Index> count_rows(const std::vector<Index>& offsets, Index begin, Index end) const;
  /// What indices or indptr become: as they were, but signed integers (SciPy warns of others).
  Hdf5Handle type_like(const Hdf5Dataset& source) const;

  std::string element_;
  CompressedMatrix source_;
  KeptEntries kept_;
  std::vector<Index> indptr_;  // of the result, on root until it is written
};

}  // namespace replearn::io
