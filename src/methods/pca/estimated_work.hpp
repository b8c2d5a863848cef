#pragma once
#include <optional>

#include "methods/pca/pca.hpp"

namespace replearn::pca {

/// Estimated seconds of one core that the methods need: `rows` shrink with the number of ranks, `columns` are spent on
/// root. A function of the sizes alone, so the same on any number of ranks.
struct EstimatedWork {
  struct Seconds {
    double rows = 0, columns = 0;
    double total() const { return rows + columns; }
  };
  Seconds exact, randomized;
};

/// values: nonzeros of a sparse n x m matrix; pairs: of them in the same row, over all rows; without: evenly
/// distributed. Local.
EstimatedWork estimated_work(Index n, Index m, std::optional<double> values, std::optional<double> pairs,
                             const Options& options);

/// Whether options.method is or resolves to exact. Local.
bool is_exact(const Options& options, Index m, const EstimatedWork& work);

/// Typical number of directions of the Krylov space: a multiple of the components.
double usual_directions(const Options& options);

}  // namespace replearn::pca
