#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/factorize/factorize.hpp"
#include "methods/factorize/pass.hpp"
#include "methods/factorize/training_data.hpp"
#include "mpi/collectives.hpp"

namespace replearn::factorize {
namespace {

/// Loss of a whole row for its prediction, up to constants.
double distance(Loss loss, const Entries<float>& entries, const float* predicted) {
  double sum = 0;
  for (std::size_t t = 0; t < entries.x.size(); ++t) {
    const double x = entries.x[t], p = predicted[entries.gene[t]];
    sum += loss == Loss::mse ? (x - p) * (x - p) : p - x * std::log(std::max(p, 1e-8));
  }
  return sum;
}

/// Draws `count` of m genes from (seed, step), ascending.
std::vector<Index> genes_of_step(Index m, Index count, std::uint64_t seed, Index step) {
  std::vector<Index> genes(m);
  std::iota(genes.begin(), genes.end(), Index{0});
  if (count == 0 || count >= m) return genes;
  RandomStream stream(seed, Purpose::factorize_genes, (std::uint64_t{1} << 63) + static_cast<std::uint64_t>(step));
  for (Index k = 0; k < count; ++k) {
    const auto left = static_cast<std::uint32_t>(m - k);
    std::swap(genes[k], genes[static_cast<std::size_t>(k) + stream.below(left)]);
  }
  genes.resize(count);
  std::sort(genes.begin(), genes.end());
  return genes;
}

}  // namespace

void FitOptions::validate() const {
  if (steps < 1) throw InputError("", "--fit-steps", "must be at least 1", "300 is usual");
  if (!(learning_rate > 0)) throw InputError("", "--fit-learning-rate", "must be above 0", "0.05 is usual");
  if (batch_genes < 0) throw InputError("", "--fit-genes", "must not be negative", "0 uses all");
  if (starts < 1) throw InputError("", "--fit-starts", "must be at least 1", "64 is usual");
}

DistributedMatrix fit_samples(const mpi::Communicator& comm, const Matrix& x, const Model& model,
                              const RowMatrix& places, const Options& options, const FitOptions& fit,
                              const ProgressCallback& progress) {
  fit.validate();
  Options given = options;
  given.holdout = 0;
  const TrainingData data(comm, x, given, TrainingData::Check::samples);
  const Index m = data.columns(), q = places.cols();
  DistributedMatrix samples(partition(x), comm.rank(), q);
  const RowMatrix profiles = predict(model, places);
  std::vector<std::int32_t> place_of(m);
  Network<float> network = model.network;
  Pass<float> pass;
  Entries<float> entries;
  RowMatrix embeddings, gradient;
  for (Index begin = 0; begin < data.local_rows(); begin += samples_per_pass) {
    const Index count = std::min(samples_per_pass, data.local_rows() - begin);
    auto z = samples.local.middleRows(begin, count);
    const auto every_gene = genes_of_step(m, 0, 0, 0);
    std::iota(place_of.begin(), place_of.end(), 0);
    for (Index i = 0; i < count; ++i) {
      entries.clear();
      data.append_row(begin + i, every_gene, place_of, Part::training, 0, 0, entries);
      Index best = 0;
      double least = distance(network.shape.loss, entries, profiles.row(0).data());
      for (Index k = 1; k < places.rows(); ++k) {
        const double other = distance(network.shape.loss, entries, profiles.row(k).data());
        if (other < least) least = other, best = k;
      }
      z.row(i) = places.row(best);
    }
    nn::OptimizerOptions rule;
    rule.learning_rate = fit.learning_rate;
    nn::Optimizer<float> optimizer(rule, z.size());
    for (Index step = 0; step < fit.steps; ++step) {
      const auto genes = genes_of_step(m, fit.batch_genes, options.seed, step);
      std::fill(place_of.begin(), place_of.end(), -1);
      embeddings.resize(static_cast<Index>(genes.size()), model.genes.cols());
      for (std::size_t b = 0; b < genes.size(); ++b) {
        place_of[genes[b]] = static_cast<std::int32_t>(b);
        embeddings.row(static_cast<Index>(b)) = model.genes.row(genes[b]);
      }
      entries.clear();
      std::vector<Index> of_sample;
      for (Index i = 0; i < count; ++i) {
        const Index before = entries.size();
        data.append_row(begin + i, genes, place_of, Part::training, static_cast<std::int32_t>(i), 0, entries);
        of_sample.push_back(entries.size() - before);
      }
      pass.begin(network, z, embeddings);
      pass.add_gradients(network, entries, genes, {}, true);
      gradient.resize(count, q);
      pass.finish_samples(network, gradient);
      for (Index i = 0; i < count; ++i) {
        gradient.row(i) /= static_cast<float>(std::max<Index>(of_sample[i], 1));
      }
      const double rate = nn::rate_factor({nn::Schedule::cosine, 0, 0.01}, step, fit.steps);
      optimizer.step({z.data(), static_cast<std::size_t>(z.size())},
                     std::span<const float>(gradient.data(), static_cast<std::size_t>(gradient.size())), rate);
    }
    if (progress) progress({"fit", begin + count, data.local_rows(), std::numeric_limits<double>::quiet_NaN()});
  }
  mpi::run_collectively(comm, [&] {
    if (!samples.local.allFinite()) {
      throw InputError("", "--fit-learning-rate", "the embedding of a new sample is no longer finite",
                       "use a lower value");
    }
  });
  return samples;
}

}  // namespace replearn::factorize
