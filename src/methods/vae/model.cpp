#include "methods/vae/model.hpp"

#include <cmath>

#include "mpi/reproducible_sum.hpp"

namespace replearn::vae {
namespace {

/// Means over all cells of `width` numbers per cell, which add(cell, sums) adds to the sums.
template <class F>
std::vector<double> mean_over_cells(const mpi::Communicator& comm, const Data& data, Index width, F add) {
  const auto& parts = data.parts();
  const Index first = parts.first_block(comm.rank());
  std::vector<double> partials((parts.end_block(comm.rank()) - first) * width, 0.0);
  for (Index i = 0; i < data.local_rows(); ++i) {
    add(i, partials.data() + ((data.first_row() + i) / parts.block_size() - first) * width);
  }
  auto means = mpi::reproducible_sum(comm, partials, width, parts.blocks());
  for (double& mean : means) mean /= static_cast<double>(data.rows());
  return means;
}

}  // namespace

void describe_cells(const mpi::Communicator& comm, const Data& data, Model& model) {
  const auto& conditions = data.conditions();
  model.level_shares = mean_over_cells(comm, data, conditions.levels, [&](Index i, double* sums) {
    for (Index f = 0; f < conditions.factors; ++f) {
      sums[conditions.of_rows[i * conditions.factors + f]] += 1;
    }
  });
  const auto& library = data.log_library();
  if (model.network.shape.library != Library::observed || !model.network.shape.counts()) return;
  const double mean = mean_over_cells(comm, data, 1, [&](Index i, double* sums) { *sums += library[i]; })[0];
  model.log_library_mean = mean;
  model.log_library_deviation = std::sqrt(mean_over_cells(comm, data, 1, [&](Index i, double* sums) {
    const double difference = library[i] - mean;
    *sums += difference * difference;
  })[0]);
}

void start_from_data(const mpi::Communicator& comm, const Data& data, Network<float>& network) {
  if (network.shape.likelihood != Likelihood::gaussian) return;
  Cells<float> one;
  const auto moment = [&](double around, bool square) {
    const auto m = static_cast<double>(network.shape.genes);
    return mean_over_cells(comm, data, 1, [&](Index i, double* sums) {
      data.take(std::span<const Index>(&i, 1), one);
      const auto values = one.values.row(0).array().cast<double>() - around;
      *sums += (square ? values.square().sum() : values.sum()) / m;
    })[0];
  };
  const double mean = moment(0, false), variance = moment(mean, true);
  auto& parameters = network.parameters;
  parameters.matrix(network.decoder.dispersion).setConstant(static_cast<float>(std::log(variance + 1e-4)));
  parameters.matrix(network.decoder.output_bias()).setConstant(static_cast<float>(mean));
}

}  // namespace replearn::vae
