#include "methods/ppca/missing.hpp"

#include <fmt/core.h>

#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/column_statistics.hpp"
#include "numerics/dense_algebra.hpp"

namespace replearn::ppca {
namespace {

/// The observed genes of a row and their values.
struct Entries {
  std::vector<Index> genes;
  std::vector<double> values;
};

Entries entries_of(const Matrix& x, Missing missing, Index i) {
  Entries row;
  if (const auto* sparse = std::get_if<SparseRows>(&x)) {
    for (Index at = sparse->offsets[i]; at < sparse->offsets[static_cast<std::size_t>(i) + 1]; ++at) {
      const float value = sparse->values[at];
      if (value == 0 && missing == Missing::zero) continue;
      row.genes.push_back(sparse->indices[at]);
      row.values.push_back(static_cast<double>(value));
    }
    return row;
  }
  const auto& dense = std::get<DistributedMatrix>(x);
  for (Index j = 0; j < dense.columns(); ++j) {
    const float value = dense.local(i, j);
    if (missing == Missing::zero ? value == 0 : std::isnan(value)) continue;
    row.genes.push_back(j);
    row.values.push_back(static_cast<double>(value));
  }
  return row;
}

/// The observed entries of the local rows, and their blocks.
struct Rows {
  const mpi::Communicator& comm;
  const Matrix& x;
  Missing missing;
  Index first() const { return partition(x).begin(comm.rank()); }
  template <class Visit>
  void each_block(const Visit& visit) const {
    const auto& blocks = partition(x);
    for (Index block = blocks.first_block(comm.rank()); block < blocks.end_block(comm.rank()); ++block) {
      visit(blocks.block_begin(block) - first(), blocks.block_end(block) - first());
    }
  }
  Entries entries(Index i) const { return entries_of(x, missing, i); }
};

/// Throws InputError, on all ranks alike, if a value is infinite.
void refuse_infinite(const Rows& rows) {
  mpi::run_collectively(rows.comm, [&] {
    for (Index i = 0; i < partition(rows.x).count(rows.comm.rank()); ++i) {
      const auto row = rows.entries(i);
      for (std::size_t at = 0; at < row.genes.size(); ++at) {
        if (std::isfinite(row.values[at])) continue;
        throw InputError("", fmt::format("row {}, column {}", rows.first() + i, row.genes[at]), "is infinite",
                         "remove the row or correct the value; NaN means missing");
      }
    }
  });
}

/// Number of observations, mean and (population) variance of each gene, and the power of two nearest to one over its
/// standard deviation, by which sums are scaled, since genes share a quantum. Identical on every rank.
struct GeneMoments {
  std::vector<double> count, mean, variance, unit;
};

GeneMoments gene_moments(const Rows& rows) {
  const auto counted = rows.missing == Missing::zero ? Counted::not_zero : Counted::not_nan;
  auto found = column_moments(rows.comm, rows.x, Transform::none, counted);
  GeneMoments moments{{}, std::move(found.mean), std::move(found.variance), {}};
  for (std::size_t j = 0; j < moments.mean.size(); ++j) {
    const auto count = static_cast<double>(found.count[j]);
    moments.count.push_back(count);
    if (count > 0) moments.variance[j] *= (count - 1) / count;
    const double deviation = std::sqrt(moments.variance[j]);
    moments.unit.push_back(deviation > 0 ? std::exp2(-std::round(std::log2(deviation))) : 1.0);
  }
  return moments;
}

/// Posterior of a row given its observed entries.
struct Posterior {
  Eigen::VectorXd z;
  Eigen::MatrixXd covariance;
  double log_likelihood = 0;
};

/// Values and the model's mean are relative to `shift`.
class Encoder {
 public:
  Encoder(const Model& model, const std::vector<double>& shift) : model_(model), shift_(shift) {}

  bool takes_part(Index gene) const { return model_.noise[gene] > 0; }
  double shifted(const Entries& row, std::size_t at) const { return row.values[at] - shift_[row.genes[at]]; }
  /// |(x - mu) / sqrt(psi)|^2.
  double whitened_square(const Entries& row) const {
    double sum = 0;
    for (std::size_t at = 0; at < row.genes.size(); ++at) {
      const auto j = static_cast<std::size_t>(row.genes[at]);
      if (model_.noise[j] > 0) sum += std::pow(shifted(row, at) - model_.mean[j], 2) / model_.noise[j];
    }
    return sum;
  }
  Posterior encode(const Entries& row) const {
    const Index q = model_.dimensions();
    RowMatrixD whitened(static_cast<Index>(row.genes.size()), q);
    Eigen::VectorXd rest(whitened.rows());
    Posterior result;
    for (std::size_t at = 0; at < row.genes.size(); ++at) {
      const auto j = static_cast<std::size_t>(row.genes[at]);
      const double scale = model_.noise[j] > 0 ? 1 / std::sqrt(model_.noise[j]) : 0.0;
      whitened.row(static_cast<Index>(at)) = scale * model_.loadings.row(row.genes[at]);
      rest[static_cast<Index>(at)] = scale * (shifted(row, at) - model_.mean[j]);
      if (scale > 0) result.log_likelihood -= std::log(2 * std::numbers::pi * model_.noise[j]) / 2;
    }
    const Cholesky precision(plus_transposed_product(Eigen::MatrixXd::Identity(q, q), whitened, whitened));
    const Eigen::VectorXd against = whitened.transpose() * rest;
    result.z = precision.solve(against);
    result.covariance = precision.inverse();
    result.log_likelihood -= precision.log_determinant() / 2;
    result.log_likelihood -= (rest.squaredNorm() - against.dot(result.z)) / 2;
    return result;
  }

 private:
  const Model& model_;
  const std::vector<double>& shift_;
};

/// C (upper triangles, row by row), b and s of all genes, and the log-likelihood.
struct Sums {
  std::vector<double> c, b, s;
  double log_likelihood;
};

Sums expectation(const Rows& rows, const Encoder& encoder, const std::vector<double>& unit, Index q) {
  const Index m = columns(rows.x), t = q + 1, triangle = t * (t + 1) / 2, blocks = partition(rows.x).blocks();
  double largest = 0, farthest = 0;
  rows.each_block([&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const auto row = rows.entries(i);
      farthest = std::max(farthest, encoder.whitened_square(row));
      for (std::size_t at = 0; at < row.genes.size(); ++at) {
        largest = std::max(largest, std::abs(encoder.shifted(row, at) * unit[row.genes[at]]));
      }
    }
  });
  double bounds[2] = {largest, farthest};
  mpi::all_reduce(rows.comm, std::span<double>(bounds), mpi::Reduction::max);
  const auto most = static_cast<double>(partition(rows.x).block_size());
  const double length = 0.5 * std::sqrt(bounds[1]) + 1;
  mpi::FixedPointSum c_sum(most * (1 + length * length), m * triangle, blocks);
  mpi::FixedPointSum b_sum(most * bounds[0] * length, m * t, blocks), s_sum(most * bounds[0] * bounds[0], m, blocks);
  std::vector<double> c(m * triangle), b(static_cast<std::size_t>(m * t)), s(static_cast<std::size_t>(m)), likelihoods;
  Eigen::VectorXd one(t), squares(triangle);
  rows.each_block([&](Index begin, Index end) {
    std::fill(c.begin(), c.end(), 0.0);
    std::fill(b.begin(), b.end(), 0.0);
    std::fill(s.begin(), s.end(), 0.0);
    double likelihood = 0;
    for (Index i = begin; i < end; ++i) {
      const auto row = rows.entries(i);
      const auto posterior = encoder.encode(row);
      likelihood += posterior.log_likelihood;
      one << posterior.z, 1.0;
      Index at = 0;
      for (Index k = 0; k < t; ++k) {
        for (Index l = k; l < t; ++l) {
          squares[at++] = one[k] * one[l] + (l < q ? posterior.covariance(k, l) : 0.0);
        }
      }
      for (std::size_t entry = 0; entry < row.genes.size(); ++entry) {
        const Index j = row.genes[entry];
        const double value = encoder.shifted(row, entry) * unit[j];
        Eigen::Map<Eigen::VectorXd>(c.data() + j * triangle, triangle) += squares;
        Eigen::Map<Eigen::VectorXd>(b.data() + j * t, t) += value * one;
        s[j] += value * value;
      }
    }
    c_sum.add(c);
    b_sum.add(b);
    s_sum.add(s);
    likelihoods.push_back(likelihood);
  });
  Sums sums{c_sum.reduce(rows.comm), b_sum.reduce(rows.comm), s_sum.reduce(rows.comm),
            mpi::reproducible_sum(rows.comm, likelihoods, blocks)};
  for (std::size_t at = 0; at < sums.b.size(); ++at) sums.b[at] /= unit[at / static_cast<std::size_t>(t)];
  for (std::size_t j = 0; j < sums.s.size(); ++j) sums.s[j] /= unit[j] * unit[j];
  return sums;
}

void maximization(Model& model, const Sums& sums, const GeneMoments& moments, Noise kind) {
  const Index q = model.dimensions(), t = q + 1, triangle = t * (t + 1) / 2;
  std::vector<double> weight(moments.count);
  for (Index j = 0; j < model.genes(); ++j) {
    const auto gene = static_cast<std::size_t>(j);
    if (model.noise[gene] == 0) {
      weight[gene] = 0;
      continue;
    }
    Eigen::MatrixXd c(t, t);
    const double* from = sums.c.data() + j * triangle;
    for (Index k = 0; k < t; ++k) {
      for (Index l = k; l < t; ++l) c(k, l) = c(l, k) = *from++;
    }
    const Eigen::Map<const Eigen::VectorXd> b(sums.b.data() + j * t, t);
    const Eigen::VectorXd u = solve_symmetric(c, b);
    model.loadings.row(j) = u.head(q).transpose();
    model.mean[gene] = u[q];
    model.noise[gene] = std::max((sums.s[gene] - u.dot(b)) / moments.count[gene], min_noise * moments.variance[gene]);
  }
  if (kind == Noise::isotropic) make_isotropic(model.noise, weight);
}

void broadcast_from_root(const mpi::Communicator& comm, Model& model) {
  auto& w = model.loadings;
  mpi::broadcast_into(comm, std::span<double>(w.data(), static_cast<std::size_t>(w.size())));
  mpi::broadcast_into(comm, std::span<double>(model.mean));
  mpi::broadcast_into(comm, std::span<double>(model.noise));
}

/// Small random loadings; genes observed at most once or without variance are excluded.
Model first_model(const GeneMoments& moments, const Options& options) {
  const Index m = static_cast<Index>(moments.count.size()), q = options.components;
  Model model{RowMatrixD::Zero(m, q), std::vector<double>(moments.count.size()), moments.variance};
  std::vector<double> weight(moments.count);
  for (Index j = 0; j < m; ++j) {
    const auto gene = static_cast<std::size_t>(j);
    if (moments.count[gene] < 2) model.noise[gene] = 0;
    if (model.noise[gene] == 0) weight[gene] = 0;
    RandomStream random(options.seed, Purpose::ppca_start, static_cast<std::uint64_t>(j));
    const double scale = std::sqrt(model.noise[gene] / static_cast<double>(2 * q));
    for (Index c = 0; c < q; ++c) model.loadings(j, c) = scale * random.normal();
  }
  if (options.noise == Noise::isotropic) make_isotropic(model.noise, weight);
  return model;
}

}  // namespace

Results fit_missing(const mpi::Communicator& comm, const Matrix& x, const Options& asked,
                    const ProgressCallback& progress, const Log& log) {
  const Rows rows{comm, x, asked.missing};
  refuse_infinite(rows);
  const auto moments = gene_moments(rows);
  Index varying = 0;
  for (std::size_t j = 0; j < moments.count.size(); ++j) varying += moments.count[j] >= 2 && moments.variance[j] > 0;
  Options options = asked;
  const Index q = options.components = components_of(asked, varying);
  Model model = first_model(moments, options);
  Index taking_part = 0;
  double there = 0;
  for (std::size_t j = 0; j < moments.count.size(); ++j) {
    taking_part += model.noise[j] > 0;
    there += moments.count[j];
  }
  log.line(fmt::format("ppca: {:.3g} % of the entries are observed; {} genes take part",
                       100 * there / static_cast<double>(replearn::rows(x)) / static_cast<double>(columns(x)),
                       taking_part));

  Results results;
  for (Index step = 0;; ++step) {
    const auto sums = expectation(rows, Encoder(model, moments.mean), moments.unit, q);
    const double now = sums.log_likelihood;
    results.log_likelihood.push_back(now);
    if (progress) progress({"", step, options.iterations, now});
    const auto size = results.log_likelihood.size();
    results.converged = size > 1 && now - results.log_likelihood[size - 2] <= options.tolerance * std::abs(now);
    if (results.converged || step == options.iterations) break;
    mpi::on_root(comm, [&] { maximization(model, sums, moments, options.noise); });
    broadcast_from_root(comm, model);
  }
  mpi::on_root(comm, [&] { rotate_to_principal_axes(model); });
  broadcast_from_root(comm, model);
  results.scores = DistributedMatrix(partition(x), comm.rank(), q);
  const Encoder encoder(model, moments.mean);
  for (Index i = 0; i < results.scores.local_rows(); ++i) {
    results.scores.local.row(i) = encoder.encode(rows.entries(i)).z.transpose().cast<float>();
  }
  for (std::size_t j = 0; j < model.mean.size(); ++j) model.mean[j] += moments.mean[j];
  results.model = std::move(model);
  return results;
}

}  // namespace replearn::ppca
