#include "methods/preprocess/residual_variances.hpp"

#include <array>
#include <tuple>

#include "mpi/collectives.hpp"

namespace replearn::preprocess {
namespace {

constexpr Index genes_per_chunk = 64;  // unit of the division among ranks; every chunk is computed in the same way

std::vector<PearsonModel> models_of(const BatchSums& sums, const Batches& batches, Index genes, double theta,
                                    double clip) {
  std::vector<PearsonModel> models;
  for (Index b = 0; b < batches.count(); ++b) {
    PearsonModel model{{}, theta, clip > 0 ? clip : default_clip(batches.cells.front())};
    double total = 0;
    for (Index j = 0; j < genes; ++j) total += sums.first(b * genes + j);
    for (Index j = 0; j < genes; ++j) model.fraction.push_back(total > 0 ? sums.first(b * genes + j) / total : 0.0);
    models.push_back(std::move(model));
  }
  return models;
}

/// Bound of the |residuals| of counts up to `largest` of a gene with this fraction of all counts, and of its zeros. A
/// cell's total is at least x, so that (x - mu) / sqrt(mu) < sqrt(x / fraction); below mu, |residual| < sqrt(theta) and
/// < sqrt(mu), and mu is at most the total of the gene.
double bound_of_residuals(double largest, double fraction, double gene_total, const PearsonModel& model) {
  if (!(fraction > 0)) return 0;
  constexpr double rounding = 1.001;
  const double above = std::sqrt(largest / fraction), below = std::sqrt(std::min(model.theta, gene_total));
  return std::min(model.clip, rounding * std::max(above, below));
}

}  // namespace

ResidualVariances::ResidualVariances(const ValueRanges& ranges, const BatchSums& sums, const Batches& batches,
                                     double theta, double clip)
    : batches_(batches),
      genes_(ranges.genes()),
      models_(models_of(sums, batches, genes_, theta, clip)),
      corrections_(ranges, [&](Index entry, double& first, double& second) {
        const auto& model = models_[static_cast<std::size_t>(entry / genes_)];
        const double fraction = model.fraction[static_cast<std::size_t>(entry % genes_)];
        const double bound = bound_of_residuals(ranges.bound(entry), fraction, sums.first(entry), model);
        first = 2 * bound;
        second = bound * bound;
      }) {}

void ResidualVariances::add(const Matrix& block, std::span<const std::int32_t> batch_of_row) {
  std::vector<double> totals(batch_of_row.size(), 0.0);
  for_each_value(block, [&](Index i, Index, float x) { totals[static_cast<std::size_t>(i)] += x; });
  for (std::size_t i = 0; i < totals.size(); ++i) totals_.push_back({batch_of_row[i], totals[i], 1});
  merge_totals();
  corrections_.add(block, batch_of_row, [&](float x, Index i, Index entry) {
    const auto& model = models_[static_cast<std::size_t>(entry / genes_)];
    const double mu = model.fraction[static_cast<std::size_t>(entry % genes_)] * totals[static_cast<std::size_t>(i)];
    const double residual = model.residual(x, mu), of_zero = model.residual(0, mu);
    return std::array<double, 2>{residual - of_zero, residual * residual - of_zero * of_zero};
  });
}

void ResidualVariances::merge_totals() {
  const auto key = [](const CellTotal& t) { return std::tuple(t.batch, t.total); };
  std::sort(totals_.begin(), totals_.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::size_t distinct = 0;
  for (std::size_t i = 0; i < totals_.size(); ++i) {
    if (distinct > 0 && key(totals_[distinct - 1]) == key(totals_[i])) {
      totals_[distinct - 1].cells += totals_[i].cells;
    } else {
      totals_[distinct++] = totals_[i];
    }
  }
  totals_.resize(distinct);
}

void ResidualVariances::add_zeros(const mpi::Communicator& comm, std::vector<double>& sums,
                                  std::vector<double>& squares) const {
  Index chunk = 0;
  for (std::size_t from = 0, to = 0; from < totals_.size(); from = to) {
    while (to < totals_.size() && totals_[to].batch == totals_[from].batch) ++to;
    const auto& model = models_[static_cast<std::size_t>(totals_[from].batch)];
    for (Index first = 0; first < genes_; first += genes_per_chunk, ++chunk) {
      if (chunk % comm.size() != comm.rank()) continue;
      const Index count = std::min(genes_per_chunk, genes_ - first);
      // A full chunk, so that the vectorized loop is the same for all genes.
      std::array<double, genes_per_chunk> fraction{}, sum{}, square{};
      std::copy_n(model.fraction.begin() + first, count, fraction.begin());
      const double over_theta = 1 / model.theta;
      for (std::size_t t = from; t < to; ++t) {
        const double total = totals_[t].total;
        const auto cells = static_cast<double>(totals_[t].cells);
        for (std::size_t j = 0; j < fraction.size(); ++j) {
          // -mu / sqrt(mu + mu^2 / theta), without a division by 0.
          const double mu = fraction[j] * total;
          const double residual = std::min(std::sqrt(mu / (1 + mu * over_theta)), model.clip);
          sum[j] -= cells * residual;
          square[j] += cells * residual * residual;
        }
      }
      const auto at = totals_[from].batch * genes_ + first;
      std::copy_n(sum.begin(), count, sums.begin() + at);
      std::copy_n(square.begin(), count, squares.begin() + at);
    }
  }
}

std::vector<double> ResidualVariances::reduce(const mpi::Communicator& comm) {
  totals_ = mpi::all_gather_v(comm, totals_);
  merge_totals();
  const auto entries = static_cast<std::size_t>(batches_.count() * genes_);
  std::vector<double> sums(entries, 0.0), squares(entries, 0.0);
  add_zeros(comm, sums, squares);
  // Each entry is computed on one rank and 0 on the others, so that the sums are exact.
  mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
  mpi::all_reduce(comm, std::span<double>(squares), mpi::Reduction::sum);
  corrections_.reduce(comm);
  std::vector<double> variances(entries);
  for (std::size_t e = 0; e < entries; ++e) {
    const auto n = static_cast<double>(batches_.cells[e / static_cast<std::size_t>(genes_)]);
    const double mean = (sums[e] + corrections_.first(static_cast<Index>(e))) / n;
    variances[e] = std::max(0.0, (squares[e] + corrections_.second(static_cast<Index>(e))) / n - mean * mean);
  }
  return variances;
}

}  // namespace replearn::preprocess
