#include "methods/word2vec/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace replearn::word2vec {
namespace {

/// The 32-bit threshold such that r <= threshold has this probability, in (0, 1].
std::uint32_t last_of(double probability) {
  return static_cast<std::uint32_t>(std::clamp(std::round(probability * 0x1p32) - 1, 0.0, 0x1p32 - 1));
}

}  // namespace

NoiseDistribution::NoiseDistribution(const mpi::Communicator& node, std::span<const Index> counts, double power) {
  const auto v = node.is_root() ? counts.size() : 0;
  std::vector<double> share(v);
  double sum = 0;
  for (std::size_t i = 0; i < v; ++i)
    sum += share[i] = std::pow(static_cast<double>(std::max<Index>(counts[i], 1)), power);
  for (auto& s : share) s *= static_cast<double>(v) / sum;
  std::vector<std::int32_t> poor, rich;
  for (std::size_t i = 0; i < v; ++i) (share[i] < 1 ? poor : rich).push_back(static_cast<std::int32_t>(i));
  std::vector<Column> columns(v);
  for (std::size_t i = 0; i < v; ++i) columns[i] = {0xFFFFFFFF, static_cast<std::int32_t>(i)};
  while (!poor.empty() && !rich.empty()) {
    const auto low = static_cast<std::size_t>(poor.back());
    const auto high = static_cast<std::size_t>(rich.back());
    poor.pop_back();
    columns[low] = {last_of(share[low]), static_cast<std::int32_t>(high)};
    share[high] -= 1 - share[low];
    if (share[high] < 1) {
      poor.push_back(rich.back());
      rich.pop_back();
    }
  }
  columns_ = mpi::NodeCopy<Column>(node, columns);
}

namespace {

double total_of(std::span<const Index> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), Index{0}));
}

/// Probability of keeping an occurrence; above 1: always kept.
double stays_with(double sample, Index count, double total) {
  const double ratio = static_cast<double>(count) / (sample * total);  // f / s
  return sample > 0 ? (std::sqrt(ratio) + 1) / ratio : 1;
}

}  // namespace

double share_kept(std::span<const Index> counts, double sample) {
  const double total = total_of(counts);
  double kept = 0;
  for (const Index count : counts) {
    if (count > 0) kept += static_cast<double>(count) * std::min(1.0, stays_with(sample, count, total));
  }
  return total > 0 ? kept / total : 1;
}

Subsampling::Subsampling(const mpi::Communicator& node, std::span<const Index> counts, double sample) {
  std::vector<std::uint32_t> last_kept;
  const double total = total_of(counts);
  for (const Index count : counts.first(node.is_root() ? counts.size() : 0)) {
    const double stays = stays_with(sample, count, total);
    last_kept.push_back(stays < 1 ? std::min(last_of(stays), all - 1) : all);
  }
  last_kept_ = mpi::NodeCopy<std::uint32_t>(node, last_kept);
}

double Subsampling::probability(Index word) const {
  return (static_cast<double>(last_kept_[word]) + 1) * 0x1p-32;
}

}  // namespace replearn::word2vec
