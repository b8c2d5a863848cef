#include "nn/loss.hpp"

#include <gtest/gtest.h>

#include "nn/gamma.hpp"
#include "nn/gradient_check.hpp"
#include "nn/reference.hpp"

namespace replearn::nn {
namespace {

using test::finite_differences;
using test::normal_batch;
using test::Reference;
using test::relative_difference;

/// A loss by the name it has in the reference, its inputs in the order of their names there, which have gradients.
template <class Scalar>
struct Case {
  std::string name;
  std::vector<std::string> inputs;
  std::function<double(std::vector<Batch<Scalar>>& inputs, const Batch<Scalar>& x, Scalar scale,
                       std::vector<Batch<Scalar>>& gradients)>
      loss;
};

template <class Scalar>
std::vector<Case<Scalar>> cases() {
  using V = std::vector<Batch<Scalar>>;
  using B = Batch<Scalar>;
  return {
      {"squared_error",
       {"y"},
       [](V& a, const B& x, Scalar s, V& d) { return squared_error<Scalar>(a[0], x, s, d[0]); }},
      {"bernoulli", {"y"}, [](V& a, const B& x, Scalar s, V& d) { return bernoulli_loss<Scalar>(a[0], x, s, d[0]); }},
      {"poisson", {"y"}, [](V& a, const B& x, Scalar s, V& d) { return poisson_loss<Scalar>(a[0], x, s, d[0]); }},
      {"negative_binomial",
       {"y", "theta"},
       [](V& a, const B& x, Scalar s, V& d) { return negative_binomial_loss<Scalar>(a[0], a[1], x, s, d[0], d[1]); }},
      {"zinb",
       {"y", "theta", "logit"},
       [](V& a, const B& x, Scalar s, V& d) {
         return zero_inflated_negative_binomial_loss<Scalar>(a[0], a[1], a[2], x, s, d[0], d[1], d[2]);
       }},
      {"gaussian",
       {"y", "v"},
       [](V& a, const B& x, Scalar s, V& d) { return gaussian_loss<Scalar>(a[0], a[1], x, s, d[0], d[1]); }},
      {"kl_standard",
       {"y", "v"},
       [](V& a, const B&, Scalar s, V& d) { return kl_to_standard_normal<Scalar>(a[0], a[1], s, d[0], d[1]); }},
      {"kl",
       {"y", "v", "y2", "v2"},
       [](V& a, const B&, Scalar s, V& d) {
         return kl_of_gaussians<Scalar>(a[0], a[1], a[2], a[3], s, d[0], d[1], d[2], d[3]);
       }},
  };
}

template <class Scalar>
void expect_reference(double tolerance) {
  const Reference reference;
  for (const auto& one : cases<Scalar>()) {
    std::vector<Batch<Scalar>> inputs, gradients;
    for (const auto& input : one.inputs) {
      inputs.push_back(reference.batch<Scalar>(one.name + "." + input, 5));
      gradients.push_back(Batch<Scalar>::Zero(inputs.back().rows(), 5));
    }
    const auto x = one.name.starts_with("kl") ? Batch<Scalar>() : reference.batch<Scalar>(one.name + ".x", 5);
    const double loss = one.loss(inputs, x, 1, gradients);
    const double expected = reference[one.name + ".loss"].at(0);
    EXPECT_NEAR(loss, expected, tolerance * std::abs(expected)) << one.name;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_LT(relative_difference(gradients[i], reference[one.name + ".d" + one.inputs[i]]), tolerance)
          << one.name << " by " << one.inputs[i];
    }
  }
}

TEST(Loss, EqualsPyTorchInFloat64) {
  expect_reference<double>(1e-10);
}

TEST(Loss, EqualsPyTorchInFloat32) {
  expect_reference<float>(2e-6);
}

TEST(Loss, GradientsAreFiniteDifferencesTimesTheScale) {
  const Reference reference;
  for (const auto& one : cases<double>()) {
    std::vector<Batch<double>> inputs, gradients;
    std::uint64_t seed = 30;
    for (const auto& input : one.inputs) {
      inputs.push_back(normal_batch(input == "theta" ? 1 : 4, 5, seed++, 1.5));
      gradients.push_back(Batch<double>::Zero(inputs.back().rows(), 5));
    }
    const auto x = one.name.starts_with("kl") ? Batch<double>() : reference.batch<double>(one.name + ".x", 5);
    one.loss(inputs, x, 0.25, gradients);
    const auto kept = gradients;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto expected = finite_differences(inputs[i], [&] { return 0.25 * one.loss(inputs, x, 1, gradients); });
      EXPECT_LT(relative_difference(kept[i], expected), 1e-7) << one.name << " by " << one.inputs[i];
    }
  }
}

TEST(Loss, NegativeBinomialOfGreatThetaIsPoisson) {
  const Reference reference;
  const auto y = reference.batch<double>("poisson.y", 5), x = reference.batch<double>("poisson.x", 5);
  const Batch<double> theta = Batch<double>::Constant(1, 5, std::log(1e7));
  Batch<double> dy(4, 5), poisson_dy(4, 5), dtheta = Batch<double>::Zero(1, 5);
  const double loss = negative_binomial_loss<double>(y, theta, x, 1, dy, dtheta);
  EXPECT_NEAR(loss, poisson_loss<double>(y, x, 1, poisson_dy), 1e-5);
  EXPECT_LT(relative_difference(dy, poisson_dy), 1e-5);
}

TEST(Loss, GreatLogitsDoNotOverflow) {
  Batch<float> logits(1, 4), x(1, 4), d(1, 4);
  logits << 500, -500, 500, -500;
  x << 1, 0, 0, 1;
  EXPECT_NEAR(bernoulli_loss<float>(logits, x, 1, d), 1000, 1e-3);
  EXPECT_NEAR(d(0, 0), 0, 1e-7);
  EXPECT_NEAR(d(0, 2), 1, 1e-7);
  EXPECT_NEAR(d(0, 3), -1, 1e-7);
}

/// 40 counts of each row of 70, most of them 0, some great; outputs of all sizes.
struct Counts {
  Batch<double> x = Batch<double>::Zero(4, 70), mean = normal_batch(4, 70, 50, 3), logit = normal_batch(4, 70, 51, 3);
  Batch<double> theta = normal_batch(1, 70, 52, 4);
  SparseBatch<double> sparse;
  Counts() {
    sparse.columns = 70;
    for (Index i = 0; i < x.rows(); ++i) {
      for (Index k = i % 2; k < x.cols(); k += 3) {
        x(i, k) = static_cast<double>(k == 12 ? 40000 : k % 7 + 1);
        sparse.indices.push_back(static_cast<std::int32_t>(k));
        sparse.values.push_back(x(i, k));
      }
      sparse.offsets.push_back(static_cast<Index>(sparse.indices.size()));
    }
  }
};

TEST(Loss, OfSparseCountsIsThatOfDenseOnes) {
  const Counts c;
  const auto compare = [&](const std::string& name, const auto& of_dense, const auto& of_sparse) {
    std::vector<Batch<double>> a, b;
    for (auto* gradients : {&a, &b}) {
      for (const Index rows : {4, 1, 4}) gradients->push_back(Batch<double>::Zero(rows, 70));
    }
    std::vector<double> of_rows(4);
    const double sum = of_dense(a);
    EXPECT_NEAR(of_sparse(b, of_rows.data()), sum, 1e-12 * sum) << name;
    EXPECT_NEAR(of_rows[0] + of_rows[1] + of_rows[2] + of_rows[3], sum, 1e-12 * sum) << name;
    for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(a[k], b[k]) << name;
  };
  using V = std::vector<Batch<double>>;
  compare(
      "poisson", [&](V& d) { return poisson_loss<double>(c.mean, c.x, 0.5, d[0]); },
      [&](V& d, double* rows) { return poisson_loss<double>(c.mean, c.sparse, 0.5, d[0], rows); });
  compare(
      "negative_binomial", [&](V& d) { return negative_binomial_loss<double>(c.mean, c.theta, c.x, 0.5, d[0], d[1]); },
      [&](V& d, double* rows) {
        return negative_binomial_loss<double>(c.mean, c.theta, c.sparse, 0.5, d[0], d[1], rows);
      });
  compare(
      "zinb",
      [&](V& d) {
        return zero_inflated_negative_binomial_loss<double>(c.mean, c.theta, c.logit, c.x, 0.5, d[0], d[1], d[2]);
      },
      [&](V& d, double* rows) {
        return zero_inflated_negative_binomial_loss<double>(c.mean, c.theta, c.logit, c.sparse, 0.5, d[0], d[1], d[2],
                                                            rows);
      });
}

TEST(Loss, OfCountsInFloat32KeepsItsDigits) {
  const Counts c;
  const auto narrow = [](const Batch<double>& x) { return x.cast<float>().eval(); };
  Batch<double> dmean(4, 70), dtheta = Batch<double>::Zero(1, 70), dlogit(4, 70);
  Batch<float> mean(4, 70), theta = Batch<float>::Zero(1, 70), logit(4, 70);
  const double exact =
      zero_inflated_negative_binomial_loss<double>(c.mean, c.theta, c.logit, c.x, 1, dmean, dtheta, dlogit);
  const double sum = zero_inflated_negative_binomial_loss<float>(narrow(c.mean), narrow(c.theta), narrow(c.logit),
                                                                 narrow(c.x), 1, mean, theta, logit);
  EXPECT_NEAR(sum, exact, 1e-6 * exact);
  EXPECT_LT(relative_difference(mean, dmean), 2e-6);
  EXPECT_LT(relative_difference(theta, dtheta), 2e-6);
  EXPECT_LT(relative_difference(logit, dlogit), 2e-6);
}

TEST(Gamma, LogarithmIsTheLibrarys) {
  for (double x = 1e-300; x < 1e300; x *= 1.37) {
    EXPECT_NEAR(logarithm(x), std::log(x), 1e-15 * std::max(1.0, std::abs(std::log(x)))) << x;
  }
}

TEST(Gamma, LogGammaIsTheLibrarysAndDigammaItsSlope) {
  std::vector<double> z;
  for (double x = 1e-12; x < 1e12; x *= 1.7) z.push_back(x);
  std::vector<double> value(z.size()), slope(z.size());
  log_gamma_and_digamma(z.data(), static_cast<Index>(z.size()), value.data(), slope.data());
  for (std::size_t i = 0; i < z.size(); ++i) {
    EXPECT_NEAR(value[i], std::lgamma(z[i]), 1e-13 * std::max(1.0, std::abs(value[i]))) << z[i];
    // psi(z + 1) = psi(z) + 1 / z, and psi(1) is Euler's constant.
    double next = z[i] + 1, value_next, slope_next;
    log_gamma_and_digamma(&next, 1, &value_next, &slope_next);
    EXPECT_NEAR(slope_next, slope[i] + 1 / z[i], 1e-13 * std::max(1.0, std::abs(slope[i]))) << z[i];
  }
  double one = 1, at_one, slope_at_one;
  log_gamma_and_digamma(&one, 1, &at_one, &slope_at_one);
  EXPECT_NEAR(slope_at_one, -0.57721566490153286061, 1e-14);
}

}  // namespace
}  // namespace replearn::nn
