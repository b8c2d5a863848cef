#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/tsne/tsne.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/dense_algebra.hpp"

namespace replearn::tsne {
namespace {

/// S = D^-1/2 P D^-1/2, D the row sums of P: symmetric, with eigenvalues in [-1, 1]; D^1/2 1 is the eigenvector of 1.
class NormalizedAffinities {
 public:
  NormalizedAffinities(const mpi::Communicator& comm, const SparseRows& p) : comm_(comm), p_(p) {
    std::vector<double> mine;
    for (std::size_t i = 0; i + 1 < p.offsets.size(); ++i) {
      double sum = 0;
      for (Index at = p.offsets[i]; at < p.offsets[i + 1]; ++at) sum += static_cast<double>(value(at));
      mine.push_back(sum);
    }
    degrees_.resize(p.rows());
    mpi::all_gather_into(comm, std::span<const double>(mine), std::span<double>(degrees_), p.partition.counts());
    for (const double degree : degrees_) inverse_roots_.push_back(degree > 0 ? 1 / std::sqrt(degree) : 0.0);
  }

  const SparseRows& p() const { return p_; }
  double inverse_root(Index row) const { return inverse_roots_[row]; }
  double root(Index row) const { return std::sqrt(degrees_[row]); }

  /// S v for the local rows. All ranks.
  RowMatrixD times(const RowMatrixD& v) {
    const Index width = v.cols();
    all_.resize(p_.rows(), width);
    mpi::all_gather_into(comm_, std::span<const double>(v.data(), static_cast<std::size_t>(v.size())),
                         std::span<double>(all_.data(), static_cast<std::size_t>(all_.size())),
                         p_.partition.counts(width));
    for (Index row = 0; row < all_.rows(); ++row) all_.row(row) *= inverse_root(row);
    RowMatrixD result = RowMatrixD::Zero(v.rows(), width);
    for (Index i = 0; i < v.rows(); ++i) {
      double* to = result.data() + i * width;
      for (Index at = p_.offsets[i]; at < p_.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
        const double weight = static_cast<double>(value(at));
        const double* from = all_.data() + p_.indices[at] * width;
        for (Index c = 0; c < width; ++c) to[c] += weight * from[c];
      }
      for (Index c = 0; c < width; ++c) to[c] *= inverse_root(p_.first_row() + i);
    }
    return result;
  }

 private:
  float value(Index at) const { return p_.values[at]; }

  const mpi::Communicator& comm_;
  const SparseRows& p_;
  std::vector<double> degrees_, inverse_roots_;  // of all rows
  RowMatrixD all_;
};

/// a^T b over the rows of all ranks, summed per block: identical on any number of ranks. All ranks.
Eigen::MatrixXd inner_products(const mpi::Communicator& comm, const RowPartition& partition, const RowMatrixD& a,
                               const RowMatrixD& b) {
  const Index width = a.cols() * b.cols(), first = partition.begin(comm.rank());
  std::vector<double> partials;
  for (Index block = partition.first_block(comm.rank()); block < partition.end_block(comm.rank()); ++block) {
    std::vector<double> sums(width, 0.0);
    for (Index i = partition.block_begin(block) - first; i < partition.block_end(block) - first; ++i) {
      for (Index c = 0; c < a.cols(); ++c) {
        double* to = sums.data() + c * b.cols();
        for (Index d = 0; d < b.cols(); ++d) to[d] += a(i, c) * b(i, d);
      }
    }
    partials.insert(partials.end(), sums.begin(), sums.end());
  }
  const auto sums = mpi::reproducible_sum(comm, partials, width, partition.blocks());
  return Eigen::Map<const RowMatrixD>(sums.data(), a.cols(), b.cols());
}

/// v u, row by row, u small.
RowMatrixD times_small(const RowMatrixD& v, const Eigen::MatrixXd& u) {
  RowMatrixD result = RowMatrixD::Zero(v.rows(), u.cols());
  for (Index i = 0; i < v.rows(); ++i) {
    for (Index c = 0; c < v.cols(); ++c) {
      for (Index d = 0; d < u.cols(); ++d) result(i, d) += v(i, c) * u(c, d);
    }
  }
  return result;
}

/// Leading eigenvectors of S except the first, by subspace iteration with a Chebyshev filter (Zhou and Saad 2007, "A
/// Chebyshev-Davidson algorithm for large symmetric eigenproblems"): a polynomial of S that is small on [-1, c], c the
/// smallest current estimate, and grows beyond.
class SpectralIteration {
 public:
  SpectralIteration(const mpi::Communicator& comm, NormalizedAffinities& s, Index wanted, std::uint64_t seed)
      : comm_(comm), s_(s), partition_(s.p().partition), wanted_(wanted) {
    const Index width = std::min(wanted + spare, partition_.rows() - 1), rows = s.p().local_rows();
    trivial_.resize(rows, 1);
    vectors_.resize(rows, width);
    for (Index i = 0; i < rows; ++i) {
      const Index row = s.p().first_row() + i;
      trivial_(i, 0) = s.root(row);
      RandomStream stream(seed, Purpose::tsne_spectral_start, static_cast<std::uint64_t>(row));
      for (Index c = 0; c < width; ++c) vectors_(i, c) = stream.normal();
    }
    trivial_ /= std::sqrt(inner_products(comm_, partition_, trivial_, trivial_)(0, 0));
  }

  /// Iterates until the residuals |S v - lambda v| are below the tolerance. Returns the largest.
  double run() {
    constexpr double tolerance = 1e-5;
    constexpr int max_rounds = 40;
    double residual = 1;
    for (int round = 0; round < max_rounds; ++round) {
      if (round > 0) filter(values_(values_.size() - 1), values_(0));
      orthonormalize();
      residual = rotate();
      if (residual < tolerance) break;
    }
    return residual;
  }

  Index found() const { return std::min(wanted_, values_.size()); }
  double value(Index c) const { return values_(c); }
  double vector(Index row, Index c) const { return vectors_(row, c); }

 private:
  static constexpr Index spare = 4;

  void filter(double cut, double top) {
    constexpr double max_growth = 1e4;  // ratio of growth between estimates that does not lose the smaller in rounding
    constexpr int highest_degree = 40;
    cut = std::clamp(cut, 0.0, 0.999);
    const double center = (cut - 1) / 2, half = (cut + 1) / 2;
    const double growth = std::acosh(std::max(1 + 1e-9, (std::max(top, cut) - center) / half));
    const int degree = std::clamp(static_cast<int>(std::acosh(max_growth) / growth), 2, highest_degree);
    RowMatrixD before = vectors_, now = (s_.times(vectors_) - center * vectors_) / half;
    for (int k = 1; k < degree; ++k) {
      RowMatrixD next = (2 / half) * (s_.times(now) - center * now) - before;
      before = std::move(now);
      now = std::move(next);
    }
    vectors_ = std::move(now);
  }

  /// Drops columns that are linearly dependent to 1e-6.
  void orthonormalize() {
    for (int pass = 0; pass < 2; ++pass) {
      const Eigen::MatrixXd along = inner_products(comm_, partition_, trivial_, vectors_);
      vectors_ -= times_small(trivial_, along);
      const SymmetricEigen gram(inner_products(comm_, partition_, vectors_, vectors_));
      const auto& lengths = gram.values;
      const double largest = lengths(lengths.size() - 1);
      Index first = 0;
      while (first < lengths.size() && !(lengths(first) > 1e-12 * largest)) ++first;
      const Index kept = lengths.size() - first;
      vectors_ = times_small(vectors_,
                             gram.vectors.rightCols(kept) * lengths.tail(kept).cwiseSqrt().cwiseInverse().asDiagonal());
    }
  }

  /// Rayleigh-Ritz: the best estimates in the space of the vectors, in descending order. Returns the largest residual
  /// of the wanted ones.
  double rotate() {
    const RowMatrixD image = s_.times(vectors_);
    const Eigen::MatrixXd h = inner_products(comm_, partition_, vectors_, image);
    const SymmetricEigen small((h + h.transpose()) / 2);
    const Eigen::MatrixXd turn = small.vectors.rowwise().reverse();
    values_ = small.values.reverse();
    vectors_ = times_small(vectors_, turn);
    RowMatrixD rest = times_small(image, turn);
    for (Index c = 0; c < values_.size(); ++c) rest.col(c) -= values_(c) * vectors_.col(c);
    return std::sqrt(inner_products(comm_, partition_, rest, rest).diagonal().head(found()).maxCoeff());
  }

  const mpi::Communicator& comm_;
  NormalizedAffinities& s_;
  RowPartition partition_;
  Index wanted_;
  RowMatrixD trivial_, vectors_;  // local rows
  Eigen::VectorXd values_;
};

/// Makes the entry of largest magnitude of each column positive (the first in case of ties). All ranks.
void fix_signs(const mpi::Communicator& comm, RowMatrix& columns) {
  for (Index c = 0; c < columns.cols(); ++c) {
    float largest = 0;
    for (Index i = 0; i < columns.rows(); ++i) {
      if (std::abs(columns(i, c)) > std::abs(largest)) largest = columns(i, c);
    }
    float of_all = 0;
    for (const float theirs : mpi::all_gather(comm, largest)) {
      if (std::abs(theirs) > std::abs(of_all)) of_all = theirs;
    }
    if (of_all < 0) columns.col(c) *= -1;
  }
}

}  // namespace

DistributedMatrix spectral_start(const mpi::Communicator& comm, const SparseRows& p, Index dimensions,
                                 std::uint64_t seed, const Log& log) {
  NormalizedAffinities s(comm, p);
  SpectralIteration iteration(comm, s, dimensions, seed);
  const double residual = iteration.run();
  if (iteration.found() < dimensions) {
    throw InputError("", "--start", "the spectral start finds too few independent directions in these affinities",
                     "start from random points");
  }
  log.line(fmt::format("t-SNE: spectral start, eigenvalues {:.5f} to {:.5f}, residual {:.1e}", iteration.value(0),
                       iteration.value(dimensions - 1), residual));
  DistributedMatrix coordinates(p.partition, p.rank, dimensions);
  for (Index i = 0; i < coordinates.local_rows(); ++i) {
    for (Index c = 0; c < dimensions; ++c) {
      coordinates.local(i, c) =
          static_cast<float>(iteration.value(c) * iteration.vector(i, c) * s.inverse_root(p.first_row() + i));
    }
  }
  fix_signs(comm, coordinates.local);
  return start_from_scores(comm, coordinates, dimensions);
}

}  // namespace replearn::tsne
