#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/anndata/h5ad_carry.hpp"
#include "io/anndata/h5ad_sparse_cut.hpp"

namespace replearn::io {

/// Transfers the listed elements from one file to another. Collective.
class H5adTransfers {
 public:
  /// Broadcasts the list of root's carrier and counts the kept entries of sparse matrices. masks: input on root; on
  /// return valid on all ranks.
  H5adTransfers(const mpi::Communicator& comm, const std::string& source, const std::vector<Transfer>& on_root,
                Masks& masks);
  /// Creates the datasets of sparse matrices. Root.
  void make_sparse(Hdf5File& to, const Compression* recompression);
  /// The datasets filled by fill().
  std::vector<std::string> arrays() const;
  void fill(ArrayWriter& writer, const std::vector<ArrayPlace>& places, bool compressed) const;

 private:
  const mpi::Communicator& comm_;
  Masks& masks_;
  std::optional<Hdf5File> source_;
  std::vector<Transfer> transfers_;
  std::map<std::string, SparseCut> sparse_;
};

}  // namespace replearn::io
