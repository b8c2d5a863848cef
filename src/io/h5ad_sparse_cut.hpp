#pragma once
#include <string>
#include <vector>

#include "io/compressed_matrix.hpp"
#include "io/h5ad_cut.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// {rows, columns} of a sparse matrix once it is cut. Throws InputError if a mask is not as long as its axis. Local.
std::vector<Index> cut_shape(const Hdf5File& from, const std::string& element, const Mask& rows, const Mask& columns);

/// A CSR or CSC matrix of which only some rows and columns are kept; types and order of what is kept stay as they were.
/// Made in two steps: what is kept of each row (column of CSC) is counted first, so that the arrays can be made in
/// their final length. Every rank holds two offsets a row, and reads some megabytes at a time.
class SparseCut {
 public:
  /// Checks indptr and indices. from: open on each rank by itself. Collective. Throws InputError.
  SparseCut(const mpi::Communicator& comm, const Hdf5File& from, const std::string& element, const Mask& rows,
            const Mask& columns);

  /// Makes data, indices and indptr, and writes indptr. anew: how to compress; nullptr: as the source. Root.
  void make(Hdf5File& to, const Compression* anew) const;
  /// Collective.
  void fill(ArrayWriter& writer, const ArrayPlace& data, const ArrayPlace& indices) const;

 private:
  struct Values {
    std::vector<std::byte> indices, data;  // of the stored types
  };
  /// Of each row of the source, how many of its entries are kept if the row is.
  std::vector<Index> count_kept(const mpi::Communicator& comm) const;
  /// What indices or indptr become: as they were, but signed integers (SciPy warns of others).
  Hdf5Handle type_like(const Hdf5Dataset& source) const;
  Values read(Index begin, Index end) const;
  template <class T>
  Values read_as(Index begin, Index end) const;

  std::string element_;
  CompressedMatrix source_;
  Hdf5Dataset indices_, indptr_;    // for their types
  std::vector<Index> offsets_;      // of the source, by row
  std::vector<Index> kept_;         // rows
  std::vector<Index> new_offsets_;  // by kept row
  std::vector<Index> new_minor_;    // column of the result, -1 if it is dropped; empty: none is
};

}  // namespace replearn::io
