#pragma once
#include <cmath>

#include "mpi/collectives.hpp"
#include "nn/batch_norm.hpp"

namespace replearn::nn {
namespace detail {

using Sums = Eigen::Array<double, 2, Eigen::Dynamic, Eigen::RowMajor>;

inline std::span<double> numbers(Sums& sums) {
  return {sums.data(), static_cast<std::size_t>(sums.size())};
}

}  // namespace detail

template <class Scalar>
BatchNorm<Scalar>::BatchNorm(Parameters<Scalar>& parameters, const std::string& name, Index units, double momentum,
                             double epsilon)
    : gamma(parameters.add(name + ".gamma", 1, units)),
      beta(parameters.add(name + ".beta", 1, units)),
      running_mean(static_cast<std::size_t>(units), 0.0),
      running_variance(static_cast<std::size_t>(units), 1.0),
      momentum_(momentum),
      epsilon_(epsilon) {
  parameters.matrix(gamma).setOnes();
}

template <class Scalar>
void BatchNorm<Scalar>::forward(const mpi::Communicator& comm, const Parameters<Scalar>& parameters,
                                ConstBatchRef<Scalar> x, BatchRef<Scalar> y, bool moves_running) {
  const Index units = gamma.columns;
  // Shifted by the running mean, identical on every rank, so that a small variance beside a large mean keeps its
  // precision.
  const Eigen::Map<const Eigen::Array<double, 1, Eigen::Dynamic>> center(running_mean.data(), units);
  detail::Sums sums = detail::Sums::Zero(2, units + 1);
  for (Index i = 0; i < x.rows(); ++i) {
    const auto row = x.row(i).array().template cast<double>() - center;
    sums.row(0).head(units) += row;
    sums.row(1).head(units) += row.square();
  }
  sums(0, units) = static_cast<double>(x.rows());
  mpi::all_reduce(comm, detail::numbers(sums), mpi::Reduction::sum);
  count_ = sums(0, units);
  const Eigen::Array<double, 1, Eigen::Dynamic> shift = sums.row(0).head(units) / count_;
  const Eigen::Array<double, 1, Eigen::Dynamic> mean = shift + center;
  const Eigen::Array<double, 1, Eigen::Dynamic> variance =
      (sums.row(1).head(units) / count_ - shift.square()).cwiseMax(0.0);
  inverse_deviation_ = (variance + epsilon_).rsqrt().template cast<Scalar>();
  normalized_ = x;
  normalized_.rowwise() -= mean.template cast<Scalar>().matrix();
  normalized_.array().rowwise() *= inverse_deviation_;
  y = normalized_;
  y.array().rowwise() *= parameters.matrix(gamma).row(0).array();
  y.rowwise() += parameters.matrix(beta).row(0);
  for (Index k = 0; k < units; ++k) {
    const auto at = static_cast<std::size_t>(k);
    if (!moves_running) continue;
    running_mean[at] += momentum_ * (mean(k) - running_mean[at]);
    running_variance[at] += momentum_ * (variance(k) * count_ / (count_ - 1) - running_variance[at]);
  }
}

template <class Scalar>
void BatchNorm<Scalar>::backward(const mpi::Communicator& comm, Parameters<Scalar>& parameters, BatchRef<Scalar> dy) {
  const Index units = gamma.columns;
  detail::Sums sums = detail::Sums::Zero(2, units);
  for (Index i = 0; i < dy.rows(); ++i) {
    sums.row(0) += dy.row(i).array().template cast<double>();
    sums.row(1) += (dy.row(i).array() * normalized_.row(i).array()).template cast<double>();
  }
  parameters.gradient(beta).array() += sums.row(0).template cast<Scalar>();
  parameters.gradient(gamma).array() += sums.row(1).template cast<Scalar>();
  mpi::all_reduce(comm, detail::numbers(sums), mpi::Reduction::sum);
  const Eigen::Array<Scalar, 1, Eigen::Dynamic> mean = (sums.row(0) / count_).template cast<Scalar>();
  const Eigen::Array<Scalar, 1, Eigen::Dynamic> along = (sums.row(1) / count_).template cast<Scalar>();
  const Eigen::Array<Scalar, 1, Eigen::Dynamic> scale = parameters.matrix(gamma).row(0).array() * inverse_deviation_;
  for (Index i = 0; i < dy.rows(); ++i) {
    dy.row(i).array() = scale * (dy.row(i).array() - mean - normalized_.row(i).array() * along);
  }
}

template <class Scalar>
void BatchNorm<Scalar>::apply(const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, BatchRef<Scalar> y) const {
  const Index units = gamma.columns;
  Eigen::Array<Scalar, 1, Eigen::Dynamic> scale(units), shift(units);
  for (Index k = 0; k < units; ++k) {
    const auto at = static_cast<std::size_t>(k);
    const double s = static_cast<double>(parameters.matrix(gamma)(0, k)) / std::sqrt(running_variance[at] + epsilon_);
    scale(k) = static_cast<Scalar>(s);
    shift(k) = static_cast<Scalar>(static_cast<double>(parameters.matrix(beta)(0, k)) - s * running_mean[at]);
  }
  for (Index i = 0; i < x.rows(); ++i) y.row(i).array() = x.row(i).array() * scale + shift;
}

}  // namespace replearn::nn
