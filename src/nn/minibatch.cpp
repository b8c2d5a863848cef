#include "nn/minibatch.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mpi/collectives.hpp"

namespace replearn::nn {

std::vector<std::uint8_t> held_out_rows(std::uint64_t seed, Purpose purpose, Index first_row, Index rows,
                                        double share) {
  const auto threshold = static_cast<std::uint64_t>(std::llround(share * 0x1p32));
  std::vector<std::uint8_t> held(rows, 0);
  for (Index i = 0; i < rows; ++i) {
    RandomStream stream(seed, purpose, static_cast<std::uint64_t>(first_row + i));
    held[i] = stream.next_u32() < threshold;
  }
  return held;
}

Minibatches::Minibatches(const mpi::Communicator& comm, Index rows, std::span<const std::uint8_t> held_out, Index batch,
                         std::uint64_t seed, Purpose purpose)
    : seed_(seed), purpose_(purpose) {
  for (Index i = 0; i < rows; ++i) {
    if (held_out.empty() || !held_out[i]) mine_.push_back(i);
  }
  std::vector<Index> before = {static_cast<Index>(mine_.size())};
  rows_ = mpi::all_reduce(comm, before.front(), mpi::Reduction::sum);
  mpi::exclusive_sum(comm, before);
  first_ = before.front();
  steps_per_epoch_ = std::max<Index>(1, ceil_div(rows_, batch));
}

void Minibatches::begin_epoch(Index epoch) {
  epoch_ = epoch;
  const Index strata = ceil_div(rows_, steps_per_epoch_), end = first_ + static_cast<Index>(mine_.size());
  steps_.resize(steps_per_epoch_);
  for (auto& step : steps_) {
    step.rows.clear();
    step.place.clear();
  }
  std::vector<Index> dealt(steps_per_epoch_);
  const auto deal = [&](Index stratum) {  // Fisher-Yates shuffle
    std::iota(dealt.begin(), dealt.end(), Index{0});
    RandomStream stream(seed_, purpose_,
                        (static_cast<std::uint64_t>(epoch) << 32) + static_cast<std::uint64_t>(stratum));
    for (std::size_t i = dealt.size(); i > 1; --i) {
      std::swap(dealt[i - 1], dealt[stream.below(static_cast<std::uint32_t>(i))]);
    }
  };
  for (Index stratum = first_ / steps_per_epoch_; stratum * steps_per_epoch_ < end; ++stratum) {
    const Index first = stratum * steps_per_epoch_;
    deal(stratum);
    for (Index k = std::max(first, first_); k < std::min(first + steps_per_epoch_, end); ++k) {
      auto& step = steps_[dealt[k - first]];
      step.rows.push_back(mine_[k - first_]);
      step.place.push_back(static_cast<std::uint64_t>(stratum));
    }
  }
  if (strata == 0) return;
  deal(strata - 1);
  dealt.resize(rows_ - (strata - 1) * steps_per_epoch_);
  std::sort(dealt.begin(), dealt.end());
  last_stratum_ = std::move(dealt);
}

const Minibatches::Step& Minibatches::at(Index step) {
  if (step / steps_per_epoch_ != epoch_) begin_epoch(step / steps_per_epoch_);
  return steps_[step % steps_per_epoch_];
}

Index Minibatches::size(Index step) {
  at(step);
  const Index strata = ceil_div(rows_, steps_per_epoch_);
  const bool full = std::binary_search(last_stratum_.begin(), last_stratum_.end(), step % steps_per_epoch_);
  return full ? strata : strata - 1;
}

}  // namespace replearn::nn
