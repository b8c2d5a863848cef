#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::ppca {

/// The linear Gaussian latent variable model x = W z + mu + e,  z ~ N(0, 1) of q dimensions,  e_j ~ N(0, psi_j). Genes
/// without information (no observed value, or constant) have noise 0 and loadings 0 and are not part of the model.
struct Model {
  RowMatrixD loadings;        ///< W, m x q
  std::vector<double> mean;   ///< mu, m
  std::vector<double> noise;  ///< psi, m; all equal in probabilistic PCA
  Index genes() const { return loadings.rows(); }
  Index dimensions() const { return loadings.cols(); }
};

/// Rotates W so that W^T Psi^-1 W is diagonal and descending, with the largest entry of each column positive. The
/// likelihood does not depend on the rotation; this one orders dimensions by explained variance. Local.
void rotate_to_principal_axes(Model& model);

/// Replaces the noise of the genes in the model by its mean (probabilistic PCA). `weight`: number of values of each.
/// Local.
void make_isotropic(std::vector<double>& noise, const std::vector<double>& weight);

/// Lower bound of the noise, as a fraction of the variance, for genes in the model: if one gene has a dimension of its
/// own, the likelihood would otherwise increase without bound (Heywood case).
constexpr double min_noise = 1e-9;

}  // namespace replearn::ppca
