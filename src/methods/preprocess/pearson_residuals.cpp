#include "methods/preprocess/pearson_residuals.hpp"

#include <array>

#include "methods/preprocess/batch_moments.hpp"

namespace replearn::preprocess {
namespace {

/// The model of all values as one batch.
PearsonModel model_of(const mpi::Communicator& comm, const Matrix& counts, double theta, double clip) {
  const Index genes = columns(counts);
  const std::vector<std::int32_t> one_batch(static_cast<std::size_t>(local_rows(counts)), 0);
  ValueRanges ranges(1, genes);
  ranges.add(counts, one_batch);
  ranges.reduce(comm);
  BatchSums sums(ranges, [&](Index gene, double& first, double&) { first = ranges.bound(gene); });
  sums.add(counts, one_batch, [](float x, Index, Index) { return std::array<double, 2>{x, 0.0}; });
  sums.reduce(comm);

  PearsonModel model{{}, theta, clip > 0 ? clip : default_clip(rows(counts))};
  double total = 0;
  for (Index j = 0; j < genes; ++j) total += sums.first(j);
  for (Index j = 0; j < genes; ++j) model.fraction.push_back(total > 0 ? sums.first(j) / total : 0.0);
  return model;
}

}  // namespace

double default_clip(Index cells) {
  return std::sqrt(static_cast<double>(cells));
}

void compute_residuals(const PearsonModel& model, const Matrix& block, float* to) {
  const auto genes = static_cast<Index>(model.fraction.size());
  std::vector<double> totals(static_cast<std::size_t>(local_rows(block)), 0.0);
  for_each_value(block, [&](Index i, Index, float x) { totals[static_cast<std::size_t>(i)] += x; });
  for (std::size_t i = 0; i < totals.size(); ++i) {
    float* row = to + static_cast<Index>(i) * genes;
    for (Index j = 0; j < genes; ++j) {
      row[j] = static_cast<float>(model.residual(0, model.fraction[static_cast<std::size_t>(j)] * totals[i]));
    }
  }
  for_each_value(block, [&](Index i, Index j, float x) {
    const double mu = model.fraction[static_cast<std::size_t>(j)] * totals[static_cast<std::size_t>(i)];
    to[i * genes + j] = static_cast<float>(model.residual(x, mu));
  });
}

DistributedMatrix pearson_residuals(const mpi::Communicator& comm, const Matrix& counts, double theta, double clip) {
  const auto model = model_of(comm, counts, theta, clip);
  DistributedMatrix residuals(partition(counts), comm.rank(), columns(counts));
  compute_residuals(model, counts, residuals.local.data());
  return residuals;
}

}  // namespace replearn::preprocess
