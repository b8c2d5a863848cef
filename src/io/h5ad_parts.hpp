#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data/array_box.hpp"
#include "data/expression_matrix.hpp"
#include "data/neighbor_graph.hpp"
#include "data/value_tree.hpp"
#include "io/output_array.hpp"

namespace replearn::io {

/// What an H5adWriter was given: references, of which names and extents are the same on all ranks. Elements by their
/// whole paths.
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
  std::map<std::string, const Matrix*> matrices;
  std::map<std::string, const DistributedMatrix*> obsm;
  std::map<std::string, const RowMatrix*> varm;
  std::map<std::string, const NeighborGraph*> graphs;
  std::map<std::string, Computed> computed;
  std::map<std::string, Frames> frames;
  std::optional<Annotations> obs, var;
  std::vector<std::pair<std::string, Column>> obs_columns, var_columns;
  std::vector<std::pair<std::string, Value>> uns;
  std::set<std::string> dropped;  ///< elements of the base that are left out

  /// Whether an element of the base is replaced by one of these.
  bool replaces(const std::string& element) const;
  /// How many values each sparse element stores over all ranks. Collective.
  std::map<std::string, Index> stored_values(const mpi::Communicator& comm) const;
  /// The datasets that all ranks fill.
  std::vector<std::string> arrays(const std::map<std::string, Index>& stored) const;
};

/// Writes the values of the parts' arrays, contiguous ones or compressed ones: all ranks, each its rows. Collective.
void fill_parts(ArrayWriter& writer, const H5adParts& parts, const std::vector<ArrayPlace>& places, bool compressed,
                const std::string& path);

}  // namespace replearn::io
