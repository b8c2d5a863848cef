#include <cmath>
#include <random>

#include "methods/vae/vae.hpp"
#include "nn/elementary.hpp"

namespace replearn::vae {
namespace {

/// Adapter of RandomStream for the standard library's distributions.
struct Bits {
  using result_type = std::uint32_t;
  RandomStream& stream;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xffffffff; }
  result_type operator()() { return stream.next_u32(); }
};

Index draw_count(RandomStream& stream, double mean) {
  Bits bits{stream};
  return mean > 0 ? std::poisson_distribution<Index>(std::min(mean, 1e9))(bits) : 0;
}

/// Draws the value of one gene from its parameters (outputs after to_log_means). dispersion: as in the network.
double draw_value(RandomStream& stream, const Shape& shape, double value, double zero_logit, double dispersion) {
  switch (shape.likelihood) {
    case Likelihood::gaussian:
      return value + std::exp(dispersion / 2) * stream.normal();
    case Likelihood::bernoulli:
      return stream.uniform() < nn::sigmoid(value) ? 1 : 0;
    case Likelihood::poisson:
      return static_cast<double>(draw_count(stream, std::exp(value)));
    case Likelihood::zero_inflated:
      if (stream.uniform() < nn::sigmoid(zero_logit)) return 0;
      [[fallthrough]];
    case Likelihood::negative_binomial: {
      // A Poisson distribution whose rate is Gamma-distributed with shape theta and mean mu.
      const double theta = std::exp(dispersion);
      Bits bits{stream};
      const double rate = std::gamma_distribution<double>(theta, std::exp(value) / theta)(bits);
      return static_cast<double>(draw_count(stream, rate));
    }
  }
  return 0;
}

}  // namespace

Drawn draw_cells(const mpi::Communicator& comm, const Model& model, Index count, std::uint64_t seed) {
  const auto& shape = model.network.shape;
  const RowPartition parts(count, comm.shares());
  const auto factors = static_cast<Index>(model.levels.size());
  Drawn drawn;
  drawn.z = DistributedMatrix(parts, comm.rank(), shape.latent);
  drawn.x.partition = parts;
  drawn.x.rank = comm.rank();
  drawn.x.columns = shape.genes;
  const auto dispersion = model.network.parameters.matrix(model.network.decoder.dispersion);
  Outputs<float> outputs;
  for (Index block = parts.first_block(comm.rank()); block < parts.end_block(comm.rank()); ++block) {
    const Index begin = parts.block_begin(block), rows = parts.block_end(block) - begin,
                mine = begin - parts.begin(comm.rank());
    std::vector<RandomStream> streams;
    Cells<float> cells;
    cells.conditions.setZero(rows, shape.condition_levels);
    for (Index i = 0; i < rows; ++i) {
      auto& stream = streams.emplace_back(seed, Purpose::vae_samples, static_cast<std::uint64_t>(begin + i));
      cells.row.push_back(static_cast<std::uint64_t>(begin + i));
      for (Index k = 0; k < shape.latent; ++k) drawn.z.local(mine + i, k) = static_cast<float>(stream.normal());
      cells.log_library.push_back(
          static_cast<float>(model.log_library_mean + model.log_library_deviation * stream.normal()));
      for (Index f = 0, first = 0; f < factors; first += model.levels[f++]) {
        const Index last = model.levels[f] - 1;
        double left = stream.uniform();
        Index level = 0;
        while (level < last && left >= model.level_shares[first + level]) {
          left -= model.level_shares[first + level++];
        }
        cells.conditions(i, first + level) = 1;
        drawn.conditions.push_back(static_cast<std::int32_t>(level));
      }
    }
    model.network.decoder.apply(model.network.parameters, cells, drawn.z.local.middleRows(mine, rows), outputs);
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < shape.genes; ++j) {
        const double zero = outputs.zero.size() > 0 ? static_cast<double>(outputs.zero(i, j)) : 0;
        const double spread =
            dispersion.size() > 0 ? static_cast<double>(dispersion(0, dispersion.cols() == 1 ? 0 : j)) : 0;
        const double value = draw_value(streams[i], shape, static_cast<double>(outputs.value(i, j)), zero, spread);
        if (value == 0) continue;
        drawn.x.indices.push_back(static_cast<std::int32_t>(j));
        drawn.x.values.push_back(static_cast<float>(value));
      }
      drawn.x.offsets.push_back(static_cast<Index>(drawn.x.indices.size()));
    }
  }
  return drawn;
}

}  // namespace replearn::vae
