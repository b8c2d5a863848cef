#pragma once
#include "methods/vae/shape.hpp"
#include "nn/mlp.hpp"

namespace replearn::vae {

using nn::Dropout;

/// Hidden layers as scVI's fully connected ones, whose batch norm has an epsilon of 1e-3 and a momentum of 0.01.
/// outputs: of a linear layer at the end; 0: none.
inline nn::MlpShape mlp_shape(const Shape& shape, const std::vector<Index>& hidden, Index outputs) {
  nn::MlpShape mlp{.hidden = hidden, .outputs = outputs, .activation = shape.activation};
  mlp.batch_norm = shape.batch_norm, mlp.norm_momentum = 0.01, mlp.norm_epsilon = 1e-3;
  return mlp;
}

}  // namespace replearn::vae
