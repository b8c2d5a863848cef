#include "numerics/randomized_svd.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "numerics/symmetric_eigen.hpp"

namespace replearn {
namespace {

constexpr double settled = 1e-3;
/// What a pass in float32 adds of noise, as a share of |A^T A|: directions this weak are none.
constexpr double noise = 1e-6;

RowMatrixD gaussian(Index rows, Index columns, std::uint64_t seed) {
  RowMatrixD omega(rows, columns);
  for (Index j = 0; j < rows; ++j) {
    RandomStream stream(seed, Purpose::randomized_svd_sketch, static_cast<std::uint64_t>(j));
    for (Index t = 0; t < columns; ++t) omega(j, t) = stream.normal();
  }
  return omega;
}

/// An orthonormal basis of the columns of y that are longer than `least`, from the eigenvectors of y^T y.
RowMatrixD orthonormal(const RowMatrixD& y, double least) {
  const auto pairs = leading_eigenpairs(y.transpose() * y, y.cols());
  Index kept = 0;
  while (kept < y.cols() && pairs.values[static_cast<std::size_t>(kept)] > least * least) ++kept;
  RowMatrixD basis = y * pairs.vectors.leftCols(kept);
  for (Index t = 0; t < kept; ++t) basis.col(t) /= std::sqrt(pairs.values[static_cast<std::size_t>(t)]);
  return basis;
}

/// What root keeps: the basis Q, and T = Q^T A^T A Q.
class KrylovSpace {
 public:
  KrylovSpace(Index rows, Index wanted) : q_(rows, 0), t_(0, 0), wanted_(wanted) {}

  /// Takes in a block and its product; returns the block to go on with, without columns when the space is exhausted.
  RowMatrixD extend(const RowMatrixD& block, const RowMatrixD& product) {
    const Index old = q_.cols(), now = old + block.cols();
    q_.conservativeResize(Eigen::NoChange, now);
    q_.rightCols(block.cols()) = block;
    const RowMatrixD projected = q_.transpose() * product;
    t_.conservativeResize(now, now);
    t_.rightCols(block.cols()) = projected;
    t_.bottomRows(block.cols()) = projected.transpose();
    RowMatrixD rest = product - q_ * projected;
    ritz_ = leading_eigenpairs((t_ + t_.transpose()) / 2, now);
    measure(rest, old);
    // Once more: what rounding left of the basis would grow from pass to pass.
    RowMatrixD next = orthonormal(rest, noise * std::max(ritz_.values.front(), 0.0));
    next -= q_ * (q_.transpose() * next).eval();
    return orthonormal(next, 0.5);
  }

  double residual() const { return residual_; }
  /// The wanted Ritz vectors.
  RowMatrixD directions() const { return q_ * ritz_.vectors.leftCols(std::min(wanted_, q_.cols())); }

 private:
  /// A^T A v - lambda v = (part of the last product outside the space) x (v's share of the last block).
  void measure(const RowMatrixD& rest, Index old) {
    const Index pairs = std::min(wanted_, q_.cols());
    const RowMatrixD outside = rest * ritz_.vectors.block(old, 0, q_.cols() - old, pairs);
    residual_ = 0;
    for (Index i = 0; i < pairs; ++i) {
      const double value = std::max(ritz_.values[static_cast<std::size_t>(i)], noise * ritz_.values.front());
      if (value > 0) residual_ = std::max(residual_, outside.col(i).norm() / value);
    }
  }

  RowMatrixD q_, t_;
  Index wanted_;
  Eigenpairs ritz_;
  double residual_ = 0;
};

}  // namespace

LeadingDirections leading_directions(const mpi::Communicator& comm, const CenteredMatrix& a, Index count,
                                     const SketchOptions& options) {
  const Index m = a.columns(), l = std::min(m, count + options.oversamples);
  LeadingDirections result;
  KrylovSpace space(m, count);  // on root
  RowMatrixD block(m, l);
  mpi::on_root(comm, [&] { block = orthonormal(gaussian(m, l, options.seed), 0); });
  while (true) {
    mpi::broadcast_into(comm, std::span<double>(block.data(), static_cast<std::size_t>(block.size())));
    const RowMatrixD product = a.gram_times(comm, block);
    ++result.passes;
    mpi::on_root(comm, [&] {
      block = space.extend(block, product);
      result.residual = space.residual();
    });
    result.residual = mpi::broadcast(comm, result.residual);
    const Index next = mpi::broadcast(comm, block.cols());
    if (next == 0 || result.residual < settled || result.passes >= options.power_iterations) break;
    block.resize(m, next);
  }
  if (comm.is_root()) result.directions = space.directions();
  result.directions.resize(m, mpi::broadcast(comm, result.directions.cols()));
  mpi::broadcast_into(comm,
                      std::span<double>(result.directions.data(), static_cast<std::size_t>(result.directions.size())));
  return result;
}

}  // namespace replearn
