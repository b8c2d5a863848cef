#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn {

/// A reference to an array of a running computation. Checkpoints are written from it and restored into it, possibly on
/// another number of ranks; restoring resizes it to its stored length. A matrix that is not in use yet may have no
/// columns.
struct NamedArray {
  /// Matrices hold the local rows if `rows` is set, else all rows; the same applies to several matrices of one shape.
  using Place = std::variant<Index*, double*, std::vector<Index>*, std::vector<float>*, std::vector<double>*,
                             RowMatrix*, RowMatrixD*, RowMatrixI*, std::vector<RowMatrix>*, std::vector<RowMatrixD>*>;

  std::string name;  ///< unique within the computation; may be a path ("optimizer/gains")
  Place place;
  std::optional<RowPartition> rows;  ///< partition over the ranks; none: identical on every rank
};

/// The complete state of a computation apart from its options and inputs. Random numbers are not part of it, since they
/// are functions of seed, purpose and index.
using NamedArrays = std::vector<NamedArray>;

}  // namespace replearn
