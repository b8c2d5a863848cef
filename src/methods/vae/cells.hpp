#pragma once
#include <vector>

#include "methods/vae/shape.hpp"
#include "nn/input_layer.hpp"

namespace replearn::vae {

/// Some cells as encoder and likelihood take them. Counts come sparse, and only what they make in the decoder is dense;
/// counts of which a fifth or more are not zero go into the encoder dense, where a product is then faster.
template <class Scalar>
struct Cells {
  nn::SparseBatch<Scalar> counts;          ///< B x m: what a likelihood of counts must explain
  nn::Batch<Scalar> values;                ///< B x m: what the other likelihoods must explain
  nn::SparseColumns<Scalar> stored_input;  ///< B x encoder inputs, if sparse_input
  nn::Batch<Scalar> dense_input;           ///< B x encoder inputs, otherwise
  nn::Batch<Scalar> conditions;            ///< B x levels, one-hot
  std::vector<Scalar> log_library;         ///< of each cell the logarithm of its sum; of Library::observed
  std::vector<std::uint64_t> row;          ///< in the data, over all ranks
  bool sparse_input = false;

  Index rows() const { return static_cast<Index>(row.size()); }
  bool is_sparse() const { return sparse_input; }
};

}  // namespace replearn::vae
