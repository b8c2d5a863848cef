#include "numerics/randomized_svd.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "numerics/dense_algebra.hpp"
#include "numerics/symmetric_eigen.hpp"

namespace replearn {
namespace {

constexpr double residual_tolerance = 1e-5;
/// Directions per block: narrow blocks use each pass better, wide blocks need fewer passes.
constexpr Index block_width = 16;
/// Noise of a pass in float32 relative to |A^T A|; weaker directions are discarded.
constexpr double noise = 1e-6;

RowMatrixD gaussian(Index rows, Index columns, std::uint64_t seed) {
  RowMatrixD omega(rows, columns);
  for (Index j = 0; j < rows; ++j) {
    RandomStream stream(seed, Purpose::randomized_svd_sketch, static_cast<std::uint64_t>(j));
    for (Index t = 0; t < columns; ++t) omega(j, t) = stream.normal();
  }
  return omega;
}

/// An orthonormal basis of the columns of y with norm above `least`, from the eigenvectors of y^T y.
RowMatrixD orthonormal(const RowMatrixD& y, double least) {
  const auto pairs = leading_eigenpairs(transposed_product<RowMatrixD>(y, y), y.cols());
  Index kept = 0;
  while (kept < y.cols() && pairs.values[kept] > least * least) ++kept;
  RowMatrixD basis = product<RowMatrixD>(y, pairs.vectors.leftCols(kept));
  for (Index t = 0; t < kept; ++t) basis.col(t) /= std::sqrt(pairs.values[t]);
  return basis;
}

/// The Krylov space, kept on root: the basis Q and T = Q^T A^T A Q.
class KrylovSpace {
 public:
  KrylovSpace(Index rows, Index wanted) : q_(rows, 0), t_(0, 0), wanted_(wanted) {}

  /// Adds a block and its image A^T A block; returns the next block, without columns once the space is exhausted.
  RowMatrixD extend(const RowMatrixD& block, const RowMatrixD& image) {
    const Index old = q_.cols(), now = old + block.cols();
    q_.conservativeResize(Eigen::NoChange, now);
    q_.rightCols(block.cols()) = block;
    const auto projected = transposed_product<RowMatrixD>(q_, image);
    t_.conservativeResize(now, now);
    t_.rightCols(block.cols()) = projected;
    t_.bottomRows(block.cols()) = projected.transpose();
    rest_ = minus_product(image, q_, projected);
    // Reorthogonalization: otherwise rounding errors would grow from pass to pass. Columns of T have norm <= |A^T A|.
    RowMatrixD next = orthonormal(rest_, noise * std::sqrt(t_.colwise().squaredNorm().maxCoeff()));
    next -= product_with_columns<Eigen::MatrixXd>(q_, transposed_product<Eigen::MatrixXd>(q_, next));
    return orthonormal(next, 0.5);
  }

  Index dimensions() const { return q_.cols(); }

  /// Computes the Ritz pairs of the current space; returns the largest residual of the wanted ones.
  ///     A^T A v - lambda v = (part of the last image outside the space) x (v's share of the last block)
  double find_pairs() {
    const Index pairs = std::min(wanted_, q_.cols()), last = rest_.cols();
    ritz_ = leading_eigenpairs((t_ + t_.transpose()) / 2, pairs);
    const auto outside = product<RowMatrixD>(rest_, ritz_.vectors.bottomRows(last));
    double residual = 0;
    for (Index i = 0; i < pairs; ++i) {
      const double value = std::max(ritz_.values[i], noise * ritz_.values.front());
      if (value > 0) residual = std::max(residual, outside.col(i).norm() / value);
    }
    return residual;
  }
  /// The wanted Ritz vectors, once found.
  RowMatrixD directions() const {
    return product<RowMatrixD>(q_, ritz_.vectors.leftCols(std::min(wanted_, q_.cols())));
  }

 private:
  RowMatrixD q_, t_, rest_;
  Index wanted_;
  Eigenpairs ritz_;
};

}  // namespace

LeadingDirections leading_directions(const mpi::Communicator& comm, const CenteredMatrix& a, Index count,
                                     const SketchOptions& options) {
  const Index m = a.columns(), least = std::min(m, count + options.oversamples), l = std::min(least, block_width);
  const Index max_passes = ceil_div(least * options.power_iterations, l);
  LeadingDirections result;
  KrylovSpace space(m, count);  // on root
  RowMatrixD block(m, l);
  mpi::on_root(comm, [&] { block = orthonormal(gaussian(m, l, options.seed), 0); });
  while (true) {
    mpi::broadcast_into(comm, std::span<double>(block.data(), static_cast<std::size_t>(block.size())));
    const RowMatrixD image = a.gram_times(comm, block);
    ++result.passes;
    Index next = 0;  // columns of the next block
    mpi::on_root(comm, [&] {
      block = space.extend(block, image);
      next = block.cols();
      // Ritz pairs are expensive in a large space, so they are computed every other time.
      const bool last = next == 0 || result.passes >= max_passes;
      if (last || (space.dimensions() >= least && result.passes % 2 == 0)) {
        result.residual = space.find_pairs();
        if (last || result.residual < residual_tolerance) next = 0;
      }
    });
    next = mpi::broadcast(comm, next);
    if (next == 0) break;
    block.resize(m, next);
  }
  result.residual = mpi::broadcast(comm, result.residual);
  if (comm.is_root()) result.directions = space.directions();
  result.directions.resize(m, mpi::broadcast(comm, result.directions.cols()));
  mpi::broadcast_into(comm,
                      std::span<double>(result.directions.data(), static_cast<std::size_t>(result.directions.size())));
  return result;
}

}  // namespace replearn
