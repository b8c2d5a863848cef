#include "methods/ppca/model.hpp"

#include <cmath>

#include "numerics/dense_algebra.hpp"
#include "numerics/symmetric_eigen.hpp"

namespace replearn::ppca {

void rotate_to_principal_axes(Model& model) {
  RowMatrixD whitened = model.loadings;
  for (Index j = 0; j < model.genes(); ++j) {
    const double noise = model.noise[j];
    whitened.row(j) *= noise > 0 ? 1 / std::sqrt(noise) : 0.0;
  }
  const auto axes = leading_eigenpairs(transposed_product<RowMatrixD>(whitened, whitened), model.dimensions());
  model.loadings = product<Eigen::MatrixXd>(model.loadings, axes.vectors);
  for (Index c = 0; c < model.dimensions(); ++c) {
    Index largest = 0;
    model.loadings.col(c).cwiseAbs().maxCoeff(&largest);
    if (model.loadings(largest, c) < 0) model.loadings.col(c) *= -1;
  }
}

void make_isotropic(std::vector<double>& noise, const std::vector<double>& weight) {
  double sum = 0, weights = 0;
  for (std::size_t j = 0; j < noise.size(); ++j) {
    sum += noise[j] * weight[j];
    weights += weight[j];
  }
  for (std::size_t j = 0; j < noise.size(); ++j) noise[j] = weight[j] > 0 ? sum / weights : 0.0;
}

}  // namespace replearn::ppca
