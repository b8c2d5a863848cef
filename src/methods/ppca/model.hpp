#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::ppca {

/// x = W z + mu + e,  z ~ N(0, 1) of q dimensions,  e_j ~ N(0, psi_j): the linear Gaussian latent variable model.
/// A gene that says nothing (no value, or always the same one) has noise 0 and loadings 0, and takes no part.
struct Model {
  RowMatrixD loadings;        ///< W, m x q
  std::vector<double> mean;   ///< mu, m
  std::vector<double> noise;  ///< psi, m; all equal in probabilistic PCA
  Index genes() const { return loadings.rows(); }
  Index dimensions() const { return loadings.cols(); }
};

/// Turns W so that W^T Psi^-1 W is diagonal, descending, each column's largest entry positive: of all rotations, which
/// the likelihood does not tell apart, the one that orders dimensions by what they explain. Local.
void rotate_to_principal_axes(Model& model);

/// The noise of genes that take part made the mean of them (probabilistic PCA). `weight`: values of each. Local.
void make_isotropic(std::vector<double>& noise, const std::vector<double>& weight);

/// log |L L^T| of a Cholesky factor's matrix. Local.
double log_determinant(const Eigen::MatrixXd& factor);

/// Of genes that take part no noise is below this share of the variance: where one gene has a dimension of its own, the
/// likelihood would rise for ever (Heywood's case).
constexpr double min_noise = 1e-9;

}  // namespace replearn::ppca
