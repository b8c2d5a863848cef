#include "methods/factorize/batch_plan.hpp"

#include <algorithm>
#include <numeric>

#include "base/random.hpp"

namespace replearn::factorize {
namespace {

Index ceiling(Index a, Index b) {
  return (a + b - 1) / b;
}

/// Fisher-Yates shuffle.
template <class T>
void shuffle(std::vector<T>& values, RandomStream stream) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[stream.below(static_cast<std::uint32_t>(i))]);
  }
}

/// Index of a random stream: the epoch in the upper half of 64 bits.
RandomStream stream_of(std::uint64_t seed, Purpose purpose, Index epoch, Index index) {
  return RandomStream(seed, purpose, (static_cast<std::uint64_t>(epoch) << 32) + static_cast<std::uint64_t>(index));
}

}  // namespace

BatchPlan::BatchPlan(const TrainingData& data, const Options& options)
    : data_(data), seed_(options.seed), kind_(options.batch) {
  const Index n = data.rows(), m = data.columns();
  place_of_.assign(m, -1);
  if (kind_ == BatchKind::pairs) {
    pairs_ = std::min(options.batch_pairs, data.enumerated());
    steps_per_epoch_ = ceiling(data.enumerated(), pairs_);
    return;
  }
  sample_blocks_ = ceiling(n, options.batch_samples > 0 ? std::min(n, options.batch_samples) : n);
  gene_blocks_ = ceiling(m, options.batch_genes > 0 ? std::min(m, options.batch_genes) : m);
  steps_per_epoch_ = sample_blocks_ * gene_blocks_;
}

const StepBatch& BatchPlan::at(Index step) {
  batch_.samples.clear();
  batch_.genes.clear();
  batch_.entries.clear();
  if (kind_ == BatchKind::pairs)
    draw_pairs(step);
  else
    take_block(step);
  return batch_;
}

void BatchPlan::begin_epoch(Index epoch) {
  epoch_ = epoch;
  rows_of_block_.assign(sample_blocks_, {});
  const Index begin = data_.first_row(), end = begin + data_.local_rows();
  std::vector<std::uint32_t> dealt(sample_blocks_);
  for (Index stratum = begin / sample_blocks_; stratum * sample_blocks_ < end; ++stratum) {
    std::iota(dealt.begin(), dealt.end(), 0u);
    shuffle(dealt, stream_of(seed_, Purpose::factorize_samples, epoch, stratum));
    for (Index k = 0; k < sample_blocks_; ++k) {
      const Index row = stratum * sample_blocks_ + k;
      if (row >= begin && row < end) rows_of_block_[dealt[k]].push_back(row - begin);
    }
  }
  genes_.resize(data_.columns());
  std::iota(genes_.begin(), genes_.end(), Index{0});
  shuffle(genes_, stream_of(seed_, Purpose::factorize_genes, epoch, 0));
  order_.resize(steps_per_epoch_);
  std::iota(order_.begin(), order_.end(), 0u);
  shuffle(order_, stream_of(seed_, Purpose::factorize_order, epoch, 0));
}

void BatchPlan::take_block(Index step) {
  if (step / steps_per_epoch_ != epoch_) begin_epoch(step / steps_per_epoch_);
  const Index chosen = order_[step % steps_per_epoch_];
  const Index block = chosen / gene_blocks_, gene_block = chosen % gene_blocks_, m = data_.columns();
  batch_.samples = rows_of_block_[block];
  batch_.genes.assign(genes_.begin() + m * gene_block / gene_blocks_,
                      genes_.begin() + m * (gene_block + 1) / gene_blocks_);
  std::sort(batch_.genes.begin(), batch_.genes.end());
  const auto genes = static_cast<std::uint32_t>(batch_.genes.size());
  for (std::uint32_t place = 0; place < genes; ++place) {
    place_of_[batch_.genes[place]] = static_cast<std::int32_t>(place);
  }
  for (std::size_t place = 0; place < batch_.samples.size(); ++place) {
    const Index row = batch_.samples[place], stratum = (data_.first_row() + row) / sample_blocks_;
    data_.append_row(row, batch_.genes, place_of_, Part::training, static_cast<std::int32_t>(place),
                     static_cast<std::uint32_t>(stratum) * genes, batch_.entries);
  }
  for (const Index gene : batch_.genes) place_of_[gene] = -1;
}

void BatchPlan::draw_pairs(Index step) {
  const Index total = data_.enumerated(), m = data_.columns();
  const Index begin = data_.first_enumerated();
  const Index end = begin + data_.local_enumerated();
  auto& entries = batch_.entries;
  for (Index t = 0; t < pairs_; ++t) {
    // Stratum t contains the numbers [total t / pairs, total (t + 1) / pairs).
    const auto cut = [&](Index k) { return total / pairs_ * k + total % pairs_ * k / pairs_; };
    const Index low = cut(t), high = cut(t + 1);
    const bool mine = high > begin && low < end;
    if (!mine && !data_.enumerates_all()) continue;
    RandomStream stream(
        seed_, Purpose::factorize_pairs,
        static_cast<std::uint64_t>(step) * static_cast<std::uint64_t>(pairs_) + static_cast<std::uint64_t>(t));
    const Index number = low + static_cast<Index>(stream.uniform() * static_cast<double>(high - low));
    if (data_.enumerates_all()) place_of_[number % m] = 0;
    TrainingData::Entry entry;
    if (number < begin || number >= end || !data_.training_entry(number, entry)) continue;
    if (batch_.samples.empty() || batch_.samples.back() != entry.local_row) batch_.samples.push_back(entry.local_row);
    entries.sample.push_back(static_cast<std::int32_t>(batch_.samples.size()) - 1);
    entries.gene.push_back(static_cast<std::int32_t>(entry.column));
    entries.x.push_back(entry.x);
    entries.number.push_back(static_cast<std::uint32_t>(t));
  }
  for (Index gene = 0; gene < m; ++gene) {
    auto& place = place_of_[gene];
    if (place < 0 && data_.enumerates_all()) continue;
    place = static_cast<std::int32_t>(batch_.genes.size());
    batch_.genes.push_back(gene);
  }
  for (auto& gene : entries.gene) gene = place_of_[gene];
  for (const Index gene : batch_.genes) place_of_[gene] = -1;
}

}  // namespace replearn::factorize
