#include "methods/preprocess/batch_moments.hpp"

#include "mpi/collectives.hpp"

namespace replearn::preprocess {
namespace {

/// Sum of squared deviations over n - 1, for sums of n values.
double variance(double sum, double squares, Index n) {
  if (n < 2) return 0;
  const auto count = static_cast<double>(n);
  return std::max(0.0, squares - sum * sum / count) / (count - 1);
}

}  // namespace

ValueRanges::ValueRanges(Index batches, Index genes)
    : batches_(batches), genes_(genes), entries_(static_cast<std::size_t>(batches * genes)) {}

void ValueRanges::add(const Matrix& block, std::span<const std::int32_t> batch_of_row) {
  for_each_value(block, [&](Index i, Index j, float value) {
    if (value == 0) return;
    auto& entry = entries_[static_cast<std::size_t>(batch_of_row[static_cast<std::size_t>(i)] * genes_ + j)];
    ++entry.nonzeros;
    entry.low = std::min(entry.low, value);
    entry.high = std::max(entry.high, value);
  });
}

void ValueRanges::reduce(const mpi::Communicator& comm) {
  std::vector<Index> nonzeros;
  std::vector<float> low, high;
  for (const auto& entry : entries_) {
    nonzeros.push_back(entry.nonzeros);
    low.push_back(entry.low);
    high.push_back(entry.high);
  }
  mpi::all_reduce(comm, std::span<Index>(nonzeros), mpi::Reduction::sum);
  mpi::all_reduce(comm, std::span<float>(low), mpi::Reduction::min);
  mpi::all_reduce(comm, std::span<float>(high), mpi::Reduction::max);
  for (std::size_t e = 0; e < entries_.size(); ++e) entries_[e] = {nonzeros[e], low[e], high[e]};
}

double ValueRanges::bound(Index entry) const {
  const auto& of = entries_[static_cast<std::size_t>(entry)];
  return of.nonzeros == 0 ? 0.0 : static_cast<double>(std::max(std::abs(of.low), std::abs(of.high)));
}

bool ValueRanges::is_constant(Index entry, Index cells) const {
  const auto& of = entries_[static_cast<std::size_t>(entry)];
  return of.nonzeros == 0 || (of.nonzeros == cells && of.low == of.high);
}

void BatchSums::reduce(const mpi::Communicator& comm) {
  std::vector<Index> sums;
  sums.reserve(2 * entries_.size());
  for (const auto& entry : entries_) sums.insert(sums.end(), entry.sums, entry.sums + 2);
  mpi::all_reduce(comm, std::span<Index>(sums), mpi::Reduction::sum);
  for (std::size_t e = 0; e < entries_.size(); ++e) std::copy_n(sums.data() + 2 * e, 2, entries_[e].sums);
}

double BatchSums::scale_for(double bound) {
  if (!(bound > 0) || !std::isfinite(bound)) return 0;
  int exponent = 0;
  std::frexp(bound, &exponent);
  constexpr int bits = 61, largest = 1000;  // one bit is left for terms rounded up; 2^1000 times a term is finite
  return std::ldexp(1.0, std::min(bits - exponent, largest));
}

Moments moments_by_batch(const ValueRanges& ranges, const BatchSums& sums, const Batches& batches) {
  Moments moments;
  for (Index b = 0; b < batches.count(); ++b) {
    const Index n = batches.cells[static_cast<std::size_t>(b)];
    for (Index e = b * ranges.genes(); e < (b + 1) * ranges.genes(); ++e) {
      moments.mean.push_back(sums.first(e) / static_cast<double>(n));
      moments.variance.push_back(ranges.is_constant(e, n) ? 0.0 : variance(sums.first(e), sums.second(e), n));
    }
  }
  return moments;
}

Moments moments_by_batch(const ValueRanges& ranges, const ExactSums& sums, const Batches& batches) {
  Moments moments;
  for (Index b = 0; b < batches.count(); ++b) {
    const Index n = batches.cells[static_cast<std::size_t>(b)];
    for (Index e = b * ranges.genes(); e < (b + 1) * ranges.genes(); ++e) {
      moments.mean.push_back(sums.sum(e) / static_cast<double>(n));
      const bool is_constant = n < 2 || ranges.is_constant(e, n);
      moments.variance.push_back(is_constant ? 0.0 : sums.squared_deviations(e, n) / static_cast<double>(n - 1));
    }
  }
  return moments;
}

Moments moments_overall(const ValueRanges& ranges, const BatchSums& sums, const Batches& batches) {
  Index n = 0;
  for (const Index cells : batches.cells) n += cells;
  Moments moments;
  for (Index j = 0; j < ranges.genes(); ++j) {
    double sum = 0, squares = 0;
    for (Index b = 0; b < batches.count(); ++b) {
      sum += sums.first(b * ranges.genes() + j);
      squares += sums.second(b * ranges.genes() + j);
    }
    moments.mean.push_back(sum / static_cast<double>(n));
    moments.variance.push_back(variance(sum, squares, n));
  }
  return moments;
}

}  // namespace replearn::preprocess
