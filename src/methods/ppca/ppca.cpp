#include "methods/ppca/ppca.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "methods/ppca/complete.hpp"
#include "methods/ppca/missing.hpp"
#include "mpi/collectives.hpp"
#include "numerics/require_finite.hpp"

namespace replearn::ppca {

void Options::validate() const {
  require(components >= 1, "--components", static_cast<double>(components), "choose 1 or more");
  require(iterations >= 0, "--iterations", static_cast<double>(iterations), "choose 0 or more");
  require(tolerance >= 0, "--tolerance", tolerance, "choose 0 or more");
}

Index components_of(const Options& options, Index varying_genes) {
  const Index most = varying_genes - 1;
  if (most >= 1 && (options.components <= most || options.fewer_at_low_rank)) {
    return std::min(options.components, most);
  }
  throw InputError(
      "", "--components",
      fmt::format("is {}, but only {} genes have values that vary", options.components, varying_genes),
      most >= 1 ? fmt::format("choose at most {}", most) : std::string("use data in which at least two genes vary"));
}

Results ppca(const mpi::Communicator& comm, const Matrix& x, const Options& options, const ProgressCallback& progress,
             const Log& log) {
  options.validate();
  const Index most = std::min(rows(x), columns(x)) - 1;
  if (most < 1) {
    throw InputError("", "the data", fmt::format("have {} rows and {} genes", rows(x), columns(x)),
                     "probabilistic PCA needs at least 2 of each");
  }
  if (options.components > most) {
    throw InputError("", "--components",
                     fmt::format("is {}, too many for {} rows and {} genes", options.components, rows(x), columns(x)),
                     fmt::format("choose at most {}", most));
  }
  if (options.missing != Missing::nan) require_finite(comm, x);
  return options.missing == Missing::none ? fit_complete(comm, x, options, progress, log)
                                          : fit_missing(comm, x, options, progress, log);
}

DistributedMatrix expected(const Results& results) {
  DistributedMatrix means(results.scores.partition, results.scores.rank, results.model.genes());
  const RowMatrixD& w = results.model.loadings;
  const Eigen::Map<const Eigen::RowVectorXd> mean(results.model.mean.data(), results.model.genes());
  for (Index i = 0; i < means.local_rows(); ++i) {
    means.local.row(i) = (results.scores.local.row(i).cast<double>() * w.transpose() + mean).cast<float>();
  }
  return means;
}

}  // namespace replearn::ppca
