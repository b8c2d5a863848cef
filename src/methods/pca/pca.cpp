#include "methods/pca/pca.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "base/error.hpp"
#include "methods/pca/estimated_work.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/centered_matrix.hpp"
#include "numerics/dense_algebra.hpp"
#include "numerics/randomized_svd.hpp"
#include "numerics/require_finite.hpp"
#include "numerics/symmetric_eigen.hpp"

namespace replearn::pca {
namespace {

/// An eigenvalue of A^T A counts as zero below these fractions of the largest eigenvalue and of the rounding reference.
constexpr double zero_of_largest = 1e-11, zero_of_raw = 1e-14;

/// If the squared norms of columns differ by more than this factor, methods with an error relative to the largest
/// column lose precision; up to max_graded_columns columns a slower method without this limitation is used.
constexpr double unlike = 1e8;
constexpr Index max_graded_columns = 1000;

[[noreturn]] void too_many(const Options& options, Index rank, const std::string& why) {
  throw InputError("", "--components", std::to_string(options.components) + " are requested, but " + why,
                   "choose at most " + std::to_string(rank));
}

/// Number of stored values, and of pairs of them in the same row, over all ranks.
struct Stored {
  Index values = 0, pairs = 0;
};
Stored stored_in(const mpi::Communicator& comm, const RowBlocks& x) {
  std::vector<Index> sums(2, 0);
  mpi::run_collectively(comm, [&] {
    const auto offsets = x.offsets();
    for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
      const Index count = offsets[i + 1] - offsets[i];
      sums[1] += count * (count + 1) / 2;
    }
    sums[0] = offsets.back();
  });
  mpi::all_reduce(comm, std::span<Index>(sums), mpi::Reduction::sum);
  return {sums[0], sums[1]};
}

Method choose(Index rows, Index columns, const std::optional<Stored>& stored, const Options& options, const Log& log) {
  if (options.method != Method::automatic) return options.method;
  std::optional<double> values, pairs;
  if (stored) {
    values = static_cast<double>(stored->values);
    pairs = static_cast<double>(stored->pairs);
  }
  const auto work = estimated_work(rows, columns, values, pairs, options);
  const bool exact = is_exact(options, columns, work);
  const auto& chosen = exact ? work.exact : work.randomized;
  const auto& other = exact ? work.randomized : work.exact;
  log.line(fmt::format("pca: {} method for {} x {} (about {:.2g} s of one core; {}: {:.2g} s)",
                       exact ? "exact" : "randomized", rows, columns, chosen.total(), exact ? "randomized" : "exact",
                       other.total()));
  return exact ? Method::exact : Method::randomized;
}

/// Right singular vectors V (m x k) and squared singular values of A, identical on every rank, and A V for the local
/// rows.
struct Components {
  std::vector<double> squares;
  RowMatrixD v, scores;
  bool relative = false;  ///< squares are accurate relative to themselves, and none is 0
};

void broadcast_from_root(const mpi::Communicator& comm, Eigenpairs& pairs, Index rows) {
  pairs.values = mpi::broadcast(comm, pairs.values);
  pairs.vectors.conservativeResize(rows, static_cast<Index>(pairs.values.size()));
  mpi::broadcast_into(comm, std::span<double>(pairs.vectors.data(), static_cast<std::size_t>(pairs.vectors.size())));
}

/// Ratio of the largest to the smallest squared column norm, without constant columns; 0 if there are none.
double contrast(std::span<const double> squares) {
  double least = std::numeric_limits<double>::infinity(), largest = 0;
  for (const double square : squares) {
    if (!(square > 0)) continue;
    least = std::min(least, square);
    largest = std::max(largest, square);
  }
  return largest / least;
}

Components exact_components(const mpi::Communicator& comm, const CenteredMatrix& a, Index count) {
  Eigenpairs pairs;
  auto gram = a.gram(comm);
  bool relative = false;
  mpi::on_root(comm, [&] {
    const Eigen::VectorXd lengths = gram.diagonal();
    const bool graded = a.columns() <= max_graded_columns &&
                        contrast({lengths.data(), static_cast<std::size_t>(lengths.size())}) > unlike;
    // Columns of very different scale: eigenvalues accurate relative to themselves.
    const RowMatrixD copy = graded ? gram : RowMatrixD();
    pairs = leading_eigenpairs(std::move(gram), count);
    relative = graded && pairs.values.back() <= pairs.values.front() / unlike;
    if (relative) pairs = graded_eigenpairs(copy, count);
  });
  gram.resize(0, 0);
  broadcast_from_root(comm, pairs, a.columns());
  Components found{std::move(pairs.values), std::move(pairs.vectors), {}, mpi::broadcast(comm, relative)};
  found.scores = a.times(comm, found.v);
  return found;
}

/// Calls work(first local row, rows) for each local block of rows: products whose shape does not depend on the number
/// of ranks are bitwise identical on any number of ranks.
template <class Work>
void for_each_block(const RowPartition& blocks, int rank, const Work& work) {
  for (Index block = blocks.first_block(rank); block < blocks.end_block(rank); ++block) {
    work(blocks.block_begin(block) - blocks.begin(rank), blocks.block_end(block) - blocks.block_begin(block));
  }
}

/// (A V)^T A V over all rows.
RowMatrixD gram_of_scores(const mpi::Communicator& comm, const CenteredMatrix& a, const RowMatrixD& scores) {
  const Index k = scores.cols();
  mpi::FixedPointSum sum(2 * a.raw_squared_norm(), k * k, 1);
  for_each_block(a.partition(), comm.rank(), [&](Index begin, Index count) {
    const auto rows = scores.middleRows(begin, count);
    const auto partial = transposed_product<RowMatrixD>(rows, rows);
    sum.add({partial.data(), static_cast<std::size_t>(partial.size())});
  });
  const auto total = sum.reduce(comm);
  return Eigen::Map<const RowMatrixD>(total.data(), k, k);
}

Components randomized_components(const mpi::Communicator& comm, const CenteredMatrix& a, const Options& options,
                                 Index count, const Log& log) {
  const auto leading =
      leading_directions(comm, a, count, {options.oversamples, options.power_iterations, options.seed});
  log.line(fmt::format("pca: {} passes over the data, largest residual {:.1e}", leading.passes, leading.residual));
  const RowMatrixD scores = a.times(comm, leading.directions);
  const RowMatrixD gram = gram_of_scores(comm, a, scores);
  Eigenpairs pairs;
  mpi::on_root(comm, [&] { pairs = leading_eigenpairs(gram, count); });
  broadcast_from_root(comm, pairs, gram.rows());
  Components found{pairs.values, product<RowMatrixD>(leading.directions, pairs.vectors),
                   RowMatrixD(scores.rows(), pairs.vectors.cols())};
  for_each_block(a.partition(), comm.rank(), [&](Index begin, Index block_rows) {
    product_into(scores.middleRows(begin, block_rows), pairs.vectors, found.scores.middleRows(begin, block_rows));
  });
  return found;
}

/// Makes the loading of largest magnitude of each component positive (the first in case of ties).
void fix_signs(Components& components) {
  for (Index c = 0; c < components.v.cols(); ++c) {
    Index largest = 0;
    components.v.col(c).cwiseAbs().maxCoeff(&largest);
    if (components.v(largest, c) >= 0) continue;
    components.v.col(c) *= -1;
    components.scores.col(c) *= -1;
  }
}

Index numerical_rank(const CenteredMatrix& a, const Components& components) {
  const auto& squares = components.squares;
  if (components.relative) return static_cast<Index>(squares.size());
  const double zero =
      std::max(zero_of_largest * (squares.empty() ? 0.0 : squares.front()), zero_of_raw * a.raw_squared_norm());
  return std::count_if(squares.begin(), squares.end(), [&](double square) { return square > zero; });
}

/// Warning text if some columns are so much larger than others that the latter are lost in rounding, else "". squares:
/// squared column norms.
std::string reason_for_low_rank(const std::vector<double>& squares) {
  const double times = contrast(squares);
  if (!(times > unlike)) return "";
  const auto longest = std::max_element(squares.begin(), squares.end()) - squares.begin();
  return fmt::format(
      "either this is the rank of the matrix, or column {} (counted from 0), which varies {:.2g} times as much as the "
      "least variable one, masks the others: beside it they are lost in float32 rounding",
      longest, std::sqrt(times));
}

Index max_components(Index rows, Index columns, const Options& options) {
  options.validate();
  const Index most = std::min(options.center ? rows - 1 : rows, columns);
  if (most < 1) throw InputError("", "the data", "have too few rows or columns", "PCA needs 2 rows and 1 column");
  if (options.components > most && !options.fewer_at_low_rank) {
    too_many(options, most, fmt::format("a matrix of {} x {} has at most {}", rows, columns, most));
  }
  return most;
}

ColumnScale scale_of(const Options& options) {
  return options.scale ? ColumnScale::deviation : ColumnScale::none;
}

/// Singular value decomposition of the centered matrix. stored: of a sparse matrix.
Results components_of(const mpi::Communicator& comm, const CenteredMatrix& a, const std::optional<Stored>& stored,
                      const Options& options, const Log& log) {
  const Index count = std::min(options.components, max_components(a.rows(), a.columns(), options));
  const Method method = choose(a.rows(), a.columns(), stored, options, log);
  auto components =
      method == Method::exact ? exact_components(comm, a, count) : randomized_components(comm, a, options, count, log);

  // Fewer components than requested: an error, or only a warning.
  const Index rank = numerical_rank(a, components);
  if (rank == 0) throw InputError("", "the data", "are identical in every row", "PCA needs rows that differ");
  const std::string reason = rank < count && !components.relative ? reason_for_low_rank(a.squared_lengths()) : "";
  if (!reason.empty()) {
    if (!options.fewer_at_low_rank) {
      throw InputError(
          "", "--components",
          fmt::format("{} are requested, but only {} are distinguishable: ", options.components, rank) + reason,
          fmt::format("choose at most {}, or scale the columns: --scale", rank));
    }
    log.warning(fmt::format("pca: only {} components are distinguishable: ", rank) + reason +
                ". --scale divides each column by its standard deviation and shows which is the case");
  } else if (rank < count && !options.fewer_at_low_rank) {
    too_many(options, rank, "the rank of the matrix is " + std::to_string(rank));
  }
  fix_signs(components);

  const Index kept = std::min(rank, count);
  Results results;
  results.method = method;
  results.mean = a.mean(), results.scale = a.scale();
  results.scores = DistributedMatrix(a.partition(), comm.rank(), kept);
  results.scores.local = components.scores.leftCols(kept).cast<float>();
  results.loadings = components.v.leftCols(kept).cast<float>();
  for (Index c = 0; c < kept; ++c) {
    const double square = components.squares[c];
    results.singular_values.push_back(std::sqrt(square));
    results.variance.push_back(square / static_cast<double>(a.rows() - 1));
    results.variance_ratio.push_back(square / a.squared_norm());
  }
  return results;
}

}  // namespace

void Options::validate() const {
  require(components >= 1, "--components", static_cast<double>(components), "choose 1 or more");
  require(oversamples >= 0, "--oversamples", static_cast<double>(oversamples), "choose 0 or more; 10 is usual");
  require(power_iterations >= 1, "--power-iterations", static_cast<double>(power_iterations), "choose 1 or more");
}

Results pca(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log) {
  if (std::holds_alternative<SparseRows>(x)) return pca(comm, MatrixRows(x), options, log);
  max_components(rows(x), columns(x), options);
  require_finite(comm, x);
  const CenteredMatrix a(comm, x, options.center, scale_of(options));
  return components_of(comm, a, {}, options, log);
}

Results pca(const mpi::Communicator& comm, const RowBlocks& x, const Options& options, const Log& log) {
  max_components(x.rows(), x.columns(), options);
  const CenteredMatrix a(comm, x, options.center, scale_of(options));
  return components_of(comm, a, stored_in(comm, x), options, log);
}

DistributedMatrix project(const mpi::Communicator& comm, const Matrix& x, const Projection& projection) {
  require_finite(comm, x);
  const CenteredMatrix a(x, comm.rank(), projection.mean, projection.scale);
  DistributedMatrix scores(partition(x), comm.rank(), projection.loadings.cols());
  scores.local = a.times(comm, projection.loadings.cast<double>()).cast<float>();
  return scores;
}

}  // namespace replearn::pca
