#pragma once
#include <vector>

#include "methods/vae/shape.hpp"
#include "nn/input_layer.hpp"

namespace replearn::vae {

/// A batch of cells in the form that encoder and likelihood take. Counts are sparse; only their decoded means are
/// dense. Counts with a fifth or more nonzeros enter the encoder dense, where a product is then faster.
template <class Scalar>
struct Cells {
  nn::SparseBatch<Scalar> counts;          ///< B x m: observations of count likelihoods
  nn::Batch<Scalar> values;                ///< B x m: observations of the other likelihoods
  nn::SparseColumns<Scalar> stored_input;  ///< B x encoder inputs, if sparse_input
  nn::Batch<Scalar> dense_input;           ///< B x encoder inputs, otherwise
  nn::Batch<Scalar> conditions;            ///< B x levels, one-hot
  std::vector<Scalar> log_library;         ///< logarithm of each cell's total count; for Library::observed
  std::vector<std::uint64_t> row;          ///< row of each cell in the data, over all ranks
  bool sparse_input = false;

  Index rows() const { return static_cast<Index>(row.size()); }
  bool is_sparse() const { return sparse_input; }
};

}  // namespace replearn::vae
