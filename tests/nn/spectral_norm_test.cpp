#include "nn/spectral_norm.hpp"

#include <gtest/gtest.h>

#include <Eigen/SVD>

#include "nn/gradient_check.hpp"
#include "nn/reference.hpp"

namespace replearn::nn {
namespace {

using test::finite_differences;
using test::normal_batch;
using test::relative_difference;

double largest_singular_value(const Batch<double>& weight) {
  return Eigen::JacobiSVD<Eigen::MatrixXd>(weight).singularValues()(0);
}

TEST(SpectralNorm, FindsTheLargestSingularValueAndItsDerivative) {
  Parameters<double> parameters;
  const Slice first = parameters.add("first", 6, 4), bias = parameters.add("bias", 1, 6);
  const Slice second = parameters.add("second", 3, 6);
  parameters.matrix(first) = normal_batch(6, 4, 1);
  parameters.matrix(bias) = normal_batch(1, 6, 2);
  parameters.matrix(second) = normal_batch(3, 6, 3);
  SpectralNorm<double> norm({first, second}, 5);
  Parameters<double> normalized = parameters;
  for (int k = 0; k < 300; ++k) norm.refresh(parameters, normalized);
  EXPECT_NEAR(norm.sigmas()[0], largest_singular_value(parameters.matrix(first)), 1e-10);
  EXPECT_NEAR(norm.sigmas()[1], largest_singular_value(parameters.matrix(second)), 1e-10);
  EXPECT_NEAR(largest_singular_value(normalized.matrix(first)), 1, 1e-10);
  EXPECT_EQ(normalized.matrix(bias), parameters.matrix(bias));

  // Any function of the normalized values; its value by W goes through the whole decomposition.
  const Batch<double> c1 = normal_batch(6, 4, 6), c2 = normal_batch(3, 6, 7), c3 = normal_batch(1, 6, 8);
  const auto value = [&] {
    const Batch<double> w1 = parameters.matrix(first) / largest_singular_value(parameters.matrix(first));
    const Batch<double> w2 = parameters.matrix(second) / largest_singular_value(parameters.matrix(second));
    return (c1.array() * w1.array().square()).sum() + (c2.array() * w2.array().cube()).sum() +
           (c3.array() * parameters.matrix(bias).array()).sum();
  };
  normalized.zero_gradients();
  normalized.gradient(first) = 2 * c1.cwiseProduct(normalized.matrix(first));
  normalized.gradient(second) = 3 * c2.cwiseProduct(normalized.matrix(second)).cwiseProduct(normalized.matrix(second));
  normalized.gradient(bias) = c3;
  norm.pull_back(normalized, parameters);
  const std::vector<double> ours(parameters.gradients().begin(), parameters.gradients().end());
  EXPECT_LT(relative_difference(ours, finite_differences(parameters.values(), value)), 1e-8);
}

TEST(SpectralNorm, LeavesAWeightOfZerosAsItIs) {
  Parameters<float> parameters;
  const Slice slice = parameters.add("zeros", 3, 4);
  SpectralNorm<float> norm({slice}, 1);
  Parameters<float> normalized = parameters;
  norm.refresh(parameters, normalized);
  norm.refresh(parameters, normalized);
  EXPECT_EQ(normalized.matrix(slice).squaredNorm(), 0);
}

}  // namespace
}  // namespace replearn::nn
