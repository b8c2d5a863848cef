#include "methods/preprocess/normalize.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "methods/preprocess/median.hpp"
#include "mpi/collectives.hpp"
#include "numerics/matrix_values.hpp"
#include "numerics/memoized.hpp"

namespace replearn::preprocess {

Normalization normalize(const mpi::Communicator& comm, Matrix& matrix, double target_sum) {
  std::vector<double> totals(local_rows(matrix), 0.0);
  for_each_value(matrix, [&](Index i, Index, float x) { totals[i] += x; });

  std::vector<double> positive;
  std::copy_if(totals.begin(), totals.end(), std::back_inserter(positive), [](double total) { return total > 0; });
  const Index filled = mpi::all_reduce(comm, static_cast<Index>(positive.size()), mpi::Reduction::sum);
  if (filled == 0) {
    throw InputError("", "X", "all counts are zero", "choose the layer that holds the counts");
  }
  if (target_sum == 0) {
    auto all = mpi::gather_v(comm, positive);
    target_sum = mpi::broadcast(comm, comm.is_root() ? median(std::move(all)) : 0.0);
  }
  auto& factors = totals;
  for (double& total : factors) total = target_sum / total;
  for_each_value(matrix, [&](Index i, Index, float& x) {
    if (x != 0) x = static_cast<float>(x * factors[i]);
  });
  return {target_sum, rows(matrix) - filled};
}

void log1p(Matrix& matrix) {
  struct Log1p {
    float operator()(float x) const { return std::log1p(x); }
  };
  Memoized<Log1p> log1p_of;
  for (float& x : values_of(matrix)) x = log1p_of(x);
}

}  // namespace replearn::preprocess
