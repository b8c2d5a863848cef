#include "methods/preprocess/normalize.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "methods/preprocess/median.hpp"
#include "mpi/collectives.hpp"
#include "numerics/matrix_values.hpp"
#include "numerics/memoized.hpp"

namespace replearn::preprocess {

std::vector<double> row_totals(const mpi::Communicator& comm, const RowBlocks& counts,
                               const std::vector<std::uint8_t>& features) {
  std::vector<double> totals(static_cast<std::size_t>(counts.partition().count(comm.rank())), 0.0);
  visit(comm, counts, [&](Index first, const Matrix& block) {
    for_each_value(block, [&](Index i, Index j, float x) {
      if (features.empty() || features[static_cast<std::size_t>(j)] != 0) {
        totals[static_cast<std::size_t>(first + i)] += x;
      }
    });
  });
  return totals;
}

Normalization normalization(const mpi::Communicator& comm, std::vector<double> totals, double target_sum) {
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
  const Index cells = mpi::all_reduce(comm, static_cast<Index>(totals.size()), mpi::Reduction::sum);
  for (double& total : totals) total = target_sum / total;
  return {std::move(totals), target_sum, cells - filled};
}

void RowTransform::apply(Matrix& block, Index first) const {
  struct Log1p {
    float operator()(float x) const { return std::log1p(x); }
  };
  Memoized<Log1p> log1p_of;
  for_each_value(block, [&](Index i, Index j, float& x) {
    if (x == 0 || !(features.empty() || features[static_cast<std::size_t>(j)] != 0)) return;
    if (!factors.empty()) x = static_cast<float>(x * factors[static_cast<std::size_t>(first + i)]);
    if (log1p) x = log1p_of(x);
  });
}

void TransformedRows::visit_columns(const std::vector<std::uint8_t>& keep, const Work& work) const {
  RowTransform transform = transform_;
  transform.features.clear();
  for (std::size_t j = 0; j < transform_.features.size(); ++j) {
    if (keep[j] != 0) transform.features.push_back(transform_.features[j]);
  }
  rows_.read([&](Index first, Matrix& block) {
    block = select_columns(std::move(block), keep);
    transform.apply(block, first);
    work(first, block);
  });
}

}  // namespace replearn::preprocess
