#pragma once
#include <span>
#include <string>
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn::preprocess {

/// The batches among which highly variable genes are compared: every cell belongs to one.
struct Batches {
  std::vector<std::string> names;   ///< ascending (labels as text, integers as numbers), every one with cells
  std::vector<Index> cells;         ///< number of cells per batch, over all ranks
  std::vector<std::int32_t> local;  ///< batch of each local row

  Index count() const { return static_cast<Index>(cells.size()); }
  /// " of batch 'b'", for messages; "" if there is one batch without a name.
  std::string place(Index batch) const;
};

/// All cells in one batch without a name. Local.
Batches single_batch(const RowPartition& rows, int rank);

/// The batches named by a column of obs: categorical, text, integer or boolean. obs on root, with one entry per row of
/// `rows`. Collective; root sends 4 bytes per cell. Throws InputError if there is no such column, if it holds fractions
/// or if it lacks the batch of a cell.
Batches batches_of(const mpi::Communicator& comm, const Annotations& obs, const std::string& column,
                   const RowPartition& rows);

}  // namespace replearn::preprocess
