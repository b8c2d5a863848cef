#include "text/text_shards.hpp"

#include <algorithm>
#include <utility>

namespace replearn {
namespace {

constexpr Index shortest = Index{1} << 15, longest = Index{1} << 20, parts_of_corpus = 4096;
/// English text compresses to about a third.
constexpr Index inflation = 3;

}  // namespace

TextShards::TextShards(std::vector<TextSource> sources, Index shard_bytes) : sources_(std::move(sources)) {
  Index bytes = 0;
  for (const auto& source : sources_) bytes += source.bytes;
  if (shard_bytes <= 0) shard_bytes = std::clamp(ceil_div(bytes, parts_of_corpus), shortest, longest);
  for (std::size_t s = 0; s < sources_.size(); ++s) {
    const Index size = sources_[s].bytes, step = sources_[s].sequential ? std::max<Index>(size, 1) : shard_bytes;
    for (Index begin = 0; begin < size; begin += step) {
      shards_.push_back({s, begin, std::min(begin + step, size)});
      const Index length = shards_.back().end - begin;
      weight_before_.push_back(weight_before_.back() + length * (sources_[s].sequential ? inflation : 1));
    }
  }
}

std::vector<Index> TextShards::dealt(Index parts) const {
  std::vector<Index> cuts;
  for (Index part = 0; part < parts; ++part) {
    const Index weight = weight_before_.back(), target = weight / parts * part + weight % parts * part / parts;
    auto at = std::lower_bound(weight_before_.begin(), weight_before_.end(), target);
    if (at != weight_before_.begin() && target - *(at - 1) < *at - target) --at;  // the nearest
    cuts.push_back(std::min<Index>(at - weight_before_.begin(), size()));
  }
  cuts.push_back(size());
  return cuts;
}

}  // namespace replearn
