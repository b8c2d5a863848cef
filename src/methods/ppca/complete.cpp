#include "methods/ppca/complete.hpp"

#include <fmt/core.h>

#include <cmath>
#include <numbers>
#include <optional>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "numerics/centered_matrix.hpp"
#include "numerics/column_statistics.hpp"
#include "numerics/dense_algebra.hpp"
#include "numerics/randomized_svd.hpp"
#include "numerics/symmetric_eigen.hpp"

namespace replearn::ppca {
namespace {

constexpr Index max_genes_of_covariance = 12000;

void broadcast_from_root(const mpi::Communicator& comm, RowMatrixD& matrix, Index rows, Index columns) {
  matrix.resize(rows, columns);
  mpi::broadcast_into(comm, std::span<double>(matrix.data(), static_cast<std::size_t>(matrix.size())));
}

/// The covariance matrix S and the operations on it.
class Covariance {
 public:
  Covariance(const mpi::Communicator& comm, const CenteredMatrix& a) : comm_(comm), a_(a) {
    if (a.columns() > max_genes_of_covariance) return;
    matrix_ = a.gram(comm);
    if (!comm.is_root()) matrix_->resize(0, 0);
    *matrix_ /= static_cast<double>(a.rows());
  }

  /// S v on root; v (m x q) is used on root only. Collective.
  RowMatrixD times(RowMatrixD v, Index q) const {
    if (matrix_) return comm_.is_root() ? product<RowMatrixD>(*matrix_, v) : RowMatrixD();
    broadcast_from_root(comm_, v, a_.columns(), q);
    const Eigen::RowVectorXd lengths = v.colwise().norm().cwiseMax(1e-300);
    const RowMatrixD unit = v.array().rowwise() / lengths.array();
    return a_.gram_times(comm_, unit).array().rowwise() * (lengths.array() / static_cast<double>(a_.rows()));
  }

  /// The largest eigenvalues and eigenvectors, on root. Collective.
  Eigenpairs leading(Index q, std::uint64_t seed) const {
    Eigenpairs pairs;
    if (matrix_) {
      mpi::on_root(comm_, [&] { pairs = leading_eigenpairs(*matrix_, q); });
      return pairs;
    }
    const auto found = leading_directions(comm_, a_, q, {.seed = seed});
    const RowMatrixD image = times(found.directions, found.directions.cols());
    mpi::on_root(comm_, [&] {
      pairs = leading_eigenpairs(transposed_product<RowMatrixD>(found.directions, image), found.directions.cols());
      pairs.vectors = product<Eigen::MatrixXd>(found.directions, pairs.vectors);
    });
    return pairs;
  }

 private:
  const mpi::Communicator& comm_;
  const CenteredMatrix& a_;
  std::optional<RowMatrixD> matrix_;
};

/// State of EM on root: the model, and the variances S_jj.
struct Fit {
  Model model;
  std::vector<double> variance;
  std::vector<double> weight;  // 1 for genes that take part, else 0
  Noise kind;
  double rows;

  /// Psi^-1 W.
  RowMatrixD weighted() const {
    RowMatrixD result = model.loadings;
    for (Index j = 0; j < result.rows(); ++j) {
      const double noise = model.noise[j];
      result.row(j) *= noise > 0 ? 1 / noise : 0.0;
    }
    return result;
  }
  Eigen::MatrixXd precision() const {  // V^-1
    const Index q = model.dimensions();
    return plus_transposed_product(Eigen::MatrixXd::Identity(q, q), model.loadings, weighted());
  }
  /// B^T, m x q.
  RowMatrixD to_scores() const { return product_with_columns<RowMatrixD>(weighted(), Cholesky(precision()).inverse()); }

  void set_noise(std::vector<double> noise) {
    for (std::size_t j = 0; j < noise.size(); ++j) {
      noise[j] = weight[j] > 0 ? std::max(noise[j], min_noise * variance[j]) : 0.0;
    }
    if (kind == Noise::isotropic) make_isotropic(noise, weight);
    model.noise = std::move(noise);
  }

  /// For the current model; a = S B^T.
  double log_likelihood(const RowMatrixD& to_scores, const RowMatrixD& a) const {
    const Eigen::MatrixXd inner = precision();
    double sum = Cholesky(inner).log_determinant();
    for (std::size_t j = 0; j < variance.size(); ++j) {
      if (weight[j] == 0) continue;
      sum += std::log(2 * std::numbers::pi * model.noise[j]) + variance[j] / model.noise[j];
    }
    sum -= (inner * transposed_product<Eigen::MatrixXd>(to_scores, a)).trace();
    return -rows / 2 * sum;
  }

  void improve(const RowMatrixD& to_scores, const RowMatrixD& a) {
    const Eigen::MatrixXd v = Cholesky(precision()).inverse();
    const Eigen::MatrixXd squares = plus_transposed_product(v, to_scores, a);
    model.loadings = Cholesky(squares).solve(Eigen::MatrixXd(a.transpose())).transpose();
    std::vector<double> noise(variance.size());
    for (std::size_t j = 0; j < noise.size(); ++j) {
      const auto row = static_cast<Index>(j);
      noise[j] = variance[j] - model.loadings.row(row).dot(a.row(row));
    }
    set_noise(std::move(noise));
  }
};

/// The maximum of the likelihood of probabilistic PCA (Tipping and Bishop, eq. 15 and 16): W = U (Lambda -
/// sigma^2)^1/2, sigma^2 the mean of the discarded eigenvalues.
void start(Fit& fit, const Eigenpairs& leading, Index q) {
  double total = 0, taken = 0, genes = 0;
  for (std::size_t j = 0; j < fit.variance.size(); ++j) {
    total += fit.variance[j];
    genes += fit.weight[j];
  }
  for (const double value : leading.values) taken += value;
  const double noise = std::max(total - taken, min_noise * total) / (genes - static_cast<double>(q));
  fit.model.loadings = RowMatrixD::Zero(static_cast<Index>(fit.variance.size()), q);
  for (std::size_t c = 0; c < leading.values.size(); ++c) {
    const auto column = static_cast<Index>(c);
    fit.model.loadings.col(column) =
        leading.vectors.col(column) * std::sqrt(std::max(leading.values[c] - noise, 1e-12 * total));
  }
  std::vector<double> left(fit.variance.size(), noise);
  for (std::size_t j = 0; j < left.size(); ++j) {
    if (fit.weight[j] == 0) fit.model.loadings.row(static_cast<Index>(j)).setZero();
    if (fit.kind == Noise::per_gene) {
      left[j] = std::max(fit.variance[j] - fit.model.loadings.row(static_cast<Index>(j)).squaredNorm(),
                         1e-3 * fit.variance[j]);
    }
  }
  fit.set_noise(std::move(left));
}

/// Converts a model of x D to one of x.
void divide_units(Model& model, const std::vector<double>& scale) {
  for (std::size_t j = 0; j < scale.size(); ++j) {
    if (scale[j] == 0) continue;
    model.loadings.row(static_cast<Index>(j)) /= scale[j];
    model.noise[j] /= scale[j] * scale[j];
  }
}

}  // namespace

Results fit_complete(const mpi::Communicator& comm, const Matrix& x, const Options& options,
                     const ProgressCallback& progress, const Log& log) {
  const Index m = columns(x);
  const auto n = static_cast<double>(rows(x));
  const auto moments = column_moments(comm, x);
  Fit fit{{{}, moments.mean, {}}, {}, {}, options.noise, n};
  Index taking_part = 0;
  for (const double variance : moments.variance) {
    fit.variance.push_back(variance * (n - 1) / n);
    fit.weight.push_back(variance > 0 ? 1.0 : 0.0);
    taking_part += variance > 0;
  }
  const Index q = components_of(options, taking_part);
  if (taking_part < m) log.line(fmt::format("ppca: {} genes are constant and take no part", m - taking_part));
  // Factor analysis is invariant to the units of genes: it is computed with genes scaled to similar variance, and the
  // scaling is undone at the end.
  const bool rescaled = options.noise == Noise::per_gene;
  const CenteredMatrix a(comm, x, true, rescaled ? ColumnScale::power_of_two : ColumnScale::none);
  double unit_log_likelihood = 0;
  if (rescaled) {
    for (std::size_t j = 0; j < fit.variance.size(); ++j) {
      fit.variance[j] *= a.scale()[j] * a.scale()[j];
      if (fit.weight[j] > 0) unit_log_likelihood += n * std::log(a.scale()[j]);
    }
  }
  const Covariance covariance(comm, a);
  const auto leading = covariance.leading(q, options.seed);
  mpi::on_root(comm, [&] { start(fit, leading, q); });

  Results results;
  for (Index step = 0;; ++step) {
    RowMatrixD to_scores;
    mpi::on_root(comm, [&] { to_scores = fit.to_scores(); });
    const RowMatrixD image = covariance.times(to_scores, q);
    double now = 0;
    mpi::on_root(comm, [&] { now = fit.log_likelihood(to_scores, image) + unit_log_likelihood; });
    now = mpi::broadcast(comm, now);
    results.log_likelihood.push_back(now);
    if (progress) progress({"", step, options.iterations, now});
    const auto size = results.log_likelihood.size();
    results.converged = size > 1 && now - results.log_likelihood[size - 2] <= options.tolerance * std::abs(now);
    if (results.converged || step == options.iterations) break;
    mpi::on_root(comm, [&] { fit.improve(to_scores, image); });
  }
  RowMatrixD to_scores;
  mpi::on_root(comm, [&] {
    if (rescaled) divide_units(fit.model, a.scale());
    rotate_to_principal_axes(fit.model);
    to_scores = fit.to_scores();
    if (!rescaled) return;
    for (Index j = 0; j < m; ++j) {
      const double unit = a.scale()[j];
      to_scores.row(j) *= unit > 0 ? 1 / unit : 0.0;
    }
  });
  broadcast_from_root(comm, to_scores, m, q);
  broadcast_from_root(comm, fit.model.loadings, m, q);
  fit.model.noise = mpi::broadcast(comm, fit.model.noise);
  results.model = std::move(fit.model);
  results.scores = DistributedMatrix(partition(x), comm.rank(), q);
  results.scores.local = a.times(comm, to_scores).cast<float>();
  return results;
}

}  // namespace replearn::ppca
