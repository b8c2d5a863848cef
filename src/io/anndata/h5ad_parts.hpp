#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data/array_box.hpp"
#include "data/row_blocks.hpp"
#include "data/neighbor_graph.hpp"
#include "data/value_tree.hpp"
#include "io/hdf5/output_array.hpp"

namespace replearn::io {

/// The elements given to an H5adWriter, by full path, stored as references unless shared. Names and extents are identical on all
/// ranks.
struct H5adParts {
  struct Computed {
    std::vector<Index> extent;
    std::function<void(const WriteBox&)> fill;
  };
  struct Frames {
    RowPartition partition;
    const std::vector<RowMatrix>* maps;
    std::vector<Index> extent() const;
  };
  std::map<std::string, std::shared_ptr<const RowBlocks>> matrices;
  std::map<std::string, const DistributedMatrix*> obsm;
  std::map<std::string, const RowMatrix*> varm;
  std::map<std::string, const NeighborGraph*> graphs;
  std::map<std::string, Computed> computed;
  std::map<std::string, Frames> frames;
  std::optional<Annotations> obs, var;
  std::vector<std::pair<std::string, Column>> obs_columns, var_columns;
  std::vector<std::pair<std::string, Value>> uns;
  std::set<std::string> dropped;  ///< elements of the base file to omit
  bool tables_only = false;       ///< omit all elements of the base file that do not belong to obs or var

  /// Whether one of these elements replaces an element of the base file.
  bool replaces(const std::string& element) const;
  /// Number of stored values of each sparse element over all ranks. Collective.
  std::map<std::string, Index> stored_values(const mpi::Communicator& comm) const;
  /// The datasets filled by all ranks.
  std::vector<std::string> arrays(const std::map<std::string, Index>& stored) const;
};

/// Writes the array values, either of contiguous or of compressed datasets. Each rank writes its rows. Collective.
void fill_parts(ArrayWriter& writer, const H5adParts& parts, const std::vector<ArrayPlace>& places, bool compressed,
                const std::string& path);

}  // namespace replearn::io
