#include "methods/factorize/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "methods/factorize/pass.hpp"
#include "mpi/collectives.hpp"

namespace replearn::factorize {
namespace {

std::vector<Index> all_genes(Index m) {
  std::vector<Index> genes(m);
  std::iota(genes.begin(), genes.end(), Index{0});
  return genes;
}

}  // namespace

HeldOut evaluate(const mpi::Communicator& comm, const TrainingData& data, const Model& model,
                 const RowMatrix& samples) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (data.held_out_count() == 0) return {none, none, none};
  const auto genes = all_genes(data.columns());
  const std::vector<std::int32_t> places(genes.begin(), genes.end());
  Pass<float> pass;
  Entries<float> entries;
  std::vector<float> predicted;
  // loss, then count, x, x^, x^2, x^^2, x x^ and (x - x^)^2, relative to the training mean, so that squares keep their
  // precision
  std::vector<double> sums(8, 0.0);
  for (Index begin = 0; begin < data.local_rows(); begin += samples_per_pass) {
    const Index count = std::min(samples_per_pass, data.local_rows() - begin);
    entries.clear();
    for (Index i = 0; i < count; ++i) {
      data.append_row(begin + i, genes, places, Part::held_out, static_cast<std::int32_t>(i), 0, entries);
    }
    pass.begin(model.network, samples.middleRows(begin, count), model.genes);
    sums[0] += pass.predict_with_loss(model.network, entries, genes, predicted);
    for (std::size_t t = 0; t < predicted.size(); ++t) {
      const double x = static_cast<double>(entries.x[t]) - data.mean();
      const double y = static_cast<double>(predicted[t]) - data.mean();
      sums[1] += 1;
      sums[2] += x;
      sums[3] += y;
      sums[4] += x * x;
      sums[5] += y * y;
      sums[6] += x * y;
      sums[7] += (x - y) * (x - y);
    }
  }
  mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
  const double n = sums[1], xx = sums[4] - sums[2] * sums[2] / n, yy = sums[5] - sums[3] * sums[3] / n;
  // A constant prediction has no correlation: rounding may leave yy at or below zero.
  const double pearson = xx > 0 && yy > 1e-12 * xx ? (sums[6] - sums[2] * sums[3] / n) / std::sqrt(xx * yy) : 0;
  return {sums[0] / n, 1 - sums[7] / xx, pearson, static_cast<Index>(n)};
}

RowMatrix predict(const Model& model, const RowMatrix& samples, const std::vector<Index>& some_genes) {
  const auto genes = some_genes.empty() ? all_genes(model.genes.rows()) : some_genes;
  const auto m = static_cast<Index>(genes.size());
  RowMatrix embeddings(m, model.genes.cols()), result(samples.rows(), m);
  for (Index j = 0; j < m; ++j) embeddings.row(j) = model.genes.row(genes[j]);
  Pass<float> pass;
  Entries<float> entries;
  std::vector<float> predicted;
  const Index together = std::clamp<Index>((Index{1} << 18) / std::max<Index>(m, 1), 1, samples_per_pass);
  for (Index begin = 0; begin < samples.rows(); begin += together) {
    const Index count = std::min(together, samples.rows() - begin);
    entries.clear();
    for (Index i = 0; i < count; ++i) {
      for (Index j = 0; j < m; ++j) {
        entries.sample.push_back(static_cast<std::int32_t>(i));
        entries.gene.push_back(static_cast<std::int32_t>(j));
      }
    }
    pass.begin(model.network, samples.middleRows(begin, count), embeddings);
    pass.predict(model.network, entries, predicted);
    std::copy(predicted.begin(), predicted.end(), result.data() + begin * m);
  }
  return result;
}

}  // namespace replearn::factorize
