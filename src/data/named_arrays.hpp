#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn {

/// An array of a computation under way, where it lies: a checkpoint is written from it, and fills it, on another number
/// of ranks if need be, making it as long as it was.
struct NamedArray {
  /// Matrices hold my rows if `rows` is set, else the whole; so does each of several matrices of one shape.
  using Place = std::variant<Index*, double*, std::vector<Index>*, std::vector<float>*, std::vector<double>*,
                             RowMatrix*, RowMatrixD*, RowMatrixI*, std::vector<RowMatrix>*>;

  std::string name;  ///< unique within the computation; a path ("optimizer/gains") if it likes
  Place place;
  std::optional<RowPartition> rows;  ///< over which it is distributed; none: the same on every rank
};

/// Everything that the next steps of a computation depend on and that its options and inputs do not give. Random
/// numbers are none of it: they are functions of seed, purpose and index.
using NamedArrays = std::vector<NamedArray>;

}  // namespace replearn
