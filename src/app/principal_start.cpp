#include "app/principal_start.hpp"

#include <fmt/core.h>

#include <cmath>

#include "app/progress_line.hpp"
#include "base/error.hpp"
#include "base/random.hpp"

namespace replearn::app {
namespace {

constexpr double jitter = 0.01;

}  // namespace

DistributedMatrix principal_start(Workspace& work, const std::string& method, const DistributedMatrix& x, Index q,
                                  std::uint64_t seed, Purpose purpose) {
  auto& session = work.session();
  pca::Options options;
  options.components = std::min(q, x.columns());
  options.fewer_at_low_rank = true;
  auto found = session.phases.measure("pca", [&] { return pca::pca(work.comm(), Matrix(x), options, session.log); });
  const Index k = found.scores.columns();
  if (k == q) return std::move(found.scores);
  session.log.warning(
      fmt::format("{}: the data have {} principal component{} for {} dimensions; the other dimensions start at small "
                  "random coordinates",
                  log_prefix(method), k, k == 1 ? "" : "s", q));
  const double width = jitter * std::sqrt(found.variance.front());
  DistributedMatrix start(x.partition, x.rank, q);
  start.local.leftCols(k) = found.scores.local;
  for (Index i = 0; i < start.local_rows(); ++i) {
    RandomStream draw(seed, purpose, static_cast<std::uint64_t>(start.first_row() + i));
    for (Index p = k; p < q; ++p) start.local(i, p) = static_cast<float>(width * draw.normal());
  }
  return start;
}

}  // namespace replearn::app
