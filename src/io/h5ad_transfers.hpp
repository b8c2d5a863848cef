#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/h5ad_carry.hpp"
#include "io/h5ad_sparse_cut.hpp"

namespace replearn::io {

/// Brings what was listed over from the base. Collective.
class H5adTransfers {
 public:
  /// Tells all ranks what root's carrier listed, and counts what sparse matrices keep. masks: on root; on all ranks
  /// afterwards.
  H5adTransfers(const mpi::Communicator& comm, const std::string& base, const std::vector<Transfer>& on_root,
                Masks& masks);
  /// Makes the datasets of sparse matrices. Root.
  void make_sparse(Hdf5File& to, const Compression* anew);
  /// The datasets that fill() fills.
  std::vector<std::string> arrays() const;
  void fill(ArrayWriter& writer, const std::vector<ArrayPlace>& places, bool compressed) const;

 private:
  const mpi::Communicator& comm_;
  Masks& masks_;
  std::optional<Hdf5File> base_;
  std::vector<Transfer> transfers_;
  std::map<std::string, SparseCut> sparse_;
};

}  // namespace replearn::io
