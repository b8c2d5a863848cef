#include "methods/pca/estimated_work.hpp"

#include <algorithm>

namespace replearn::pca {

double usual_directions(const Options& options) {
  constexpr double usual_share = 6;  // typical ratio of Krylov directions to wanted components
  return usual_share * static_cast<double>(options.components + options.oversamples);
}

EstimatedWork estimated_work(Index n, Index m, std::optional<double> values, std::optional<double> pairs,
                             const Options& options) {
  constexpr double product_rate = 4e10, scatter_rate = 1e9, sparse_rate = 1e10, eigen_rate = 1.2e10;
  const auto rows = static_cast<double>(n), columns = static_cast<double>(m);
  const double l = usual_directions(options);
  EstimatedWork work;
  work.exact.columns = 4.0 / 3 * columns * columns * columns / eigen_rate;
  work.randomized.columns = 4 * columns * l * l / product_rate;
  if (values) {
    work.exact.rows = pairs.value_or(*values * *values / (2 * rows)) / scatter_rate;
    work.randomized.rows = 4 * l * *values / sparse_rate;
  } else {
    work.exact.rows = rows * columns * columns / product_rate;
    work.randomized.rows = 4 * l * rows * columns / product_rate;
  }
  return work;
}

bool is_exact(const Options& options, Index m, const EstimatedWork& work) {
  // A larger Gram matrix is never formed; one that takes less than `cheap` seconds always is.
  constexpr Index max_exact_columns = 12000;
  constexpr double cheap = 0.1;
  if (options.method != Method::automatic) return options.method == Method::exact;
  return m <= max_exact_columns && work.exact.total() <= std::max(work.randomized.total(), cheap);
}

}  // namespace replearn::pca
