#pragma once
#include <map>
#include <string>

#include "app/workspace.hpp"

namespace replearn::app {

/// Sizes of the data of a job, known before any matrix is read. A forecast updates them as the steps would.
struct DataSizes {
  Index rows = 0, columns = 0;
  double stored = 0;              ///< values of X: nonzeros of a sparse matrix
  bool is_sparse = false;
  bool can_stay_on_disk = false;  ///< can be read in blocks of rows
  bool in_memory = false;
  bool is_compressed = false;
  bool has_counts = false;        ///< the input has layers/counts, which the output gets too
  double share_of_values = 1;     ///< of the variable genes among the stored values
  Index variable_genes = 0;       ///< 0: not known, so all are used
  std::map<std::string, Index> embeddings = {};  ///< columns by key of obsm
  double neighbors = 0;           ///< per row of obsp/distances; 0: there is none
  double edges = 0;               ///< stored values of obsp/connectivities; 0: there is none

  /// X in memory, or that share of its columns: 8 bytes per value of a sparse matrix, 4 of a dense one.
  double bytes_of_x(double share = 1) const;
};

/// The sizes of an opened input. All ranks; the same on each. Reads obs and var, but no matrix.
DataSizes sizes_of(Workspace& work);

}  // namespace replearn::app
