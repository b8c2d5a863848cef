#include "methods/vae/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::vae {
namespace {

constexpr Index cells_per_pass = 128;

/// Calls f(some of the rows) until all have been processed.
template <class F>
void for_batches(std::span<const Index> rows, F f) {
  for (std::size_t begin = 0; begin < rows.size(); begin += cells_per_pass) {
    f(rows.subspan(begin, std::min<std::size_t>(cells_per_pass, rows.size() - begin)));
  }
}

/// Encodes the cells, then draws and decodes z the given number of times: f(cell, draw, -log p(x|z), log p(z) - log
/// q(z|x), KL).
class Draws {
 public:
  template <class F>
  void for_each_draw(const Network<float>& network, const Data& data, std::span<const Index> rows, Index samples,
                     std::uint64_t seed, F f) {
    data.take(rows, cells_);
    const auto count = static_cast<Index>(rows.size());
    network.encoder.apply(network.parameters, cells_, output_);
    to_moments<float>(output_, mean_, variance_);
    divergences_.resize(rows.size());
    divergence_from_prior(mean_, variance_, divergences_.data());
    noise_.resize(count, mean_.cols());
    for (Index draw = 0; draw < samples; ++draw) {
      draw_noise(seed, Purpose::vae_evaluation, static_cast<std::uint64_t>(draw), cells_.row, noise_);
      z_ = mean_ + (variance_.cwiseSqrt().array() * noise_.array()).matrix();
      network.decoder.apply(network.parameters, cells_, z_, outputs_);
      network.decoder.losses(network.parameters, cells_, outputs_, losses_);
      for (Index i = 0; i < count; ++i) {
        double log_ratio = 0;
        for (Index k = 0; k < z_.cols(); ++k) {
          const double z = z_(i, k), e = noise_(i, k);
          log_ratio += 0.5 * (e * e - z * z + std::log(static_cast<double>(variance_(i, k))));
        }
        const auto at = static_cast<std::size_t>(i);
        f(at, draw, losses_[at], log_ratio, divergences_[at]);
      }
    }
  }

 private:
  Cells<float> cells_;
  nn::Batch<float> output_, mean_, variance_, noise_, z_;
  Outputs<float> outputs_;
  std::vector<double> losses_, divergences_;
};

}  // namespace

Bound evaluate(const mpi::Communicator& comm, const Network<float>& network, const Data& data,
               std::span<const Index> rows, std::uint64_t seed) {
  Draws draws;
  double sums[3] = {0, 0, static_cast<double>(rows.size())};
  for_batches(rows, [&](std::span<const Index> some) {
    draws.for_each_draw(network, data, some, 1, seed, [&](std::size_t, Index, double loss, double, double divergence) {
      sums[0] += loss, sums[1] += divergence;
    });
  });
  mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
  return {sums[0], sums[1], sums[2]};
}

double loss_without_codes(const mpi::Communicator& comm, const Network<float>& network, const Data& data,
                          std::span<const Index> rows) {
  Cells<float> cells;
  Outputs<float> outputs;
  std::vector<double> losses;
  double sums[2] = {0, static_cast<double>(rows.size())};
  for_batches(rows, [&](std::span<const Index> some) {
    data.take(some, cells);
    const nn::Batch<float> z = nn::Batch<float>::Zero(cells.rows(), network.shape.latent);
    network.decoder.apply(network.parameters, cells, z, outputs);
    network.decoder.losses(network.parameters, cells, outputs, losses);
    sums[0] += std::accumulate(losses.begin(), losses.begin() + cells.rows(), 0.0);
  });
  mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
  return sums[0] / sums[1];
}

std::vector<double> importance_bounds(const mpi::Communicator& comm, const Network<float>& network, const Data& data,
                                      std::span<const Index> rows, Index samples, std::uint64_t seed) {
  Draws draws;
  std::vector<double> sums(static_cast<std::size_t>(samples) + 1, 0.0);
  std::vector<double> max_log_weight, scaled_sum;  // per cell: max over draws of log w, and sum of w / e^max
  for_batches(rows, [&](std::span<const Index> some) {
    max_log_weight.assign(some.size(), -std::numeric_limits<double>::infinity());
    scaled_sum.assign(some.size(), 0.0);
    draws.for_each_draw(
        network, data, some, samples, seed, [&](std::size_t cell, Index draw, double loss, double log_ratio, double) {
          const double log_weight = log_ratio - loss, new_max = std::max(max_log_weight[cell], log_weight);
          scaled_sum[cell] =
              scaled_sum[cell] * std::exp(max_log_weight[cell] - new_max) + std::exp(log_weight - new_max);
          max_log_weight[cell] = new_max;
          sums[draw] += new_max + std::log(scaled_sum[cell] / static_cast<double>(draw + 1));
        });
  });
  sums.back() = static_cast<double>(rows.size());
  mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
  const double cells = sums.back();
  sums.pop_back();
  for (double& sum : sums) sum /= cells;
  return sums;
}

DistributedMatrix embed(const mpi::Communicator& comm, const Network<float>& network, const Data& data) {
  DistributedMatrix means(data.parts(), comm.rank(), network.shape.latent);
  Cells<float> cells;
  nn::Batch<float> output;
  std::vector<Index> rows;
  const RowPartition& parts = data.parts();
  for (Index block = parts.first_block(comm.rank()); block < parts.end_block(comm.rank()); ++block) {
    const Index begin = parts.block_begin(block) - data.first_row();
    rows.resize(parts.block_end(block) - parts.block_begin(block));
    std::iota(rows.begin(), rows.end(), begin);
    data.take(rows, cells);
    network.encoder.apply(network.parameters, cells, output);
    means.local.middleRows(begin, cells.rows()) = output.leftCols(network.shape.latent);
  }
  return means;
}

std::vector<double> variances_of_means(const mpi::Communicator& comm, const DistributedMatrix& means) {
  const Index q = means.columns(), blocks = means.partition.blocks();
  const Index first = means.partition.first_block(comm.rank()), end = means.partition.end_block(comm.rank());
  std::vector<double> center(q, 0.0), sums;
  for (const bool squares : {false, true}) {
    std::vector<double> partials((end - first) * q, 0.0);
    for (Index i = 0; i < means.local_rows(); ++i) {
      const Index block = (means.first_row() + i) / means.partition.block_size() - first;
      for (Index k = 0; k < q; ++k) {
        const double value = static_cast<double>(means.local(i, k)) - center[k];
        partials[block * q + k] += squares ? value * value : value;
      }
    }
    sums = mpi::reproducible_sum(comm, partials, q, blocks);
    for (double& sum : sums) sum /= static_cast<double>(means.rows());
    if (!squares) center = sums;
  }
  return sums;
}

RowMatrix decode_means(const Network<float>& network, const Data& data, const DistributedMatrix& means, Index begin,
                       Index count, double library) {
  std::vector<Index> rows(count);
  std::iota(rows.begin(), rows.end(), begin);
  Cells<float> cells;
  data.take(rows, cells);
  if (library > 0) std::fill(cells.log_library.begin(), cells.log_library.end(), static_cast<float>(std::log(library)));
  Outputs<float> outputs;
  network.decoder.apply(network.parameters, cells, means.local.middleRows(begin, count), outputs);
  to_means(network.shape, outputs);
  return outputs.value;
}

}  // namespace replearn::vae
