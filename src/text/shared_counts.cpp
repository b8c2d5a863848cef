#include "text/shared_counts.hpp"

#include <algorithm>
#include <cstring>

#include "mpi/collectives.hpp"

namespace replearn {
namespace {

void put(std::vector<char>& bytes, std::string_view text, Index count) {
  const auto length = static_cast<std::uint32_t>(text.size());
  const auto at = bytes.size();
  bytes.resize(at + sizeof length + sizeof count + length);
  std::memcpy(bytes.data() + at, &length, sizeof length);
  std::memcpy(bytes.data() + at + sizeof length, &count, sizeof count);
  std::memcpy(bytes.data() + at + sizeof length + sizeof count, text.data(), length);
}

/// Calls take(text, count) for each entry written by put().
template <class Take>
void each_counted(const std::vector<char>& bytes, Take&& take) {
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint32_t length;
    Index count;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    std::memcpy(&count, bytes.data() + at + sizeof length, sizeof count);
    at += sizeof length + sizeof count;
    take(std::string_view(bytes.data() + at, length), count);
    at += length;
  }
}

}  // namespace

void SharedCounts::Counts::add(std::string_view text, Index count) {
  const Index i = table.insert(text);
  if (i == static_cast<Index>(counts.size())) counts.push_back(0);
  counts[i] += count;
}

void SharedCounts::exchange() {
  std::vector<std::vector<char>> outgoing(comm_.size());
  for (Index i = 0; i < mine_.table.size(); ++i) {
    // The lower bits of the hash select table slots; the owner is chosen by other bits, or its table would fill
    // unevenly.
    const auto owner = (mine_.table.hash(i) >> 40) % static_cast<std::uint64_t>(comm_.size());
    put(outgoing[owner], mine_.table.word(i), mine_.counts[i]);
  }
  mine_ = Counts();
  for (const auto& incoming : mpi::all_to_all_v(comm_, outgoing)) {
    each_counted(incoming, [&](std::string_view text, Index count) { owned_.add(text, count); });
  }
}

Index SharedCounts::different() const {
  return mpi::all_reduce(comm_, owned_.table.size(), mpi::Reduction::sum);
}

std::vector<char> SharedCounts::owned_at_least(Index least) const {
  std::vector<char> frequent;
  for (Index i = 0; i < owned_.table.size(); ++i) {
    const Index count = owned_.counts[i];
    if (count >= least) put(frequent, owned_.table.word(i), count);
  }
  return frequent;
}

SharedCounts::Counted SharedCounts::unpacked(const std::vector<char>& bytes, Index least) const {
  Counted result;
  each_counted(bytes, [&](std::string_view text, Index count) {
    result.texts.emplace_back(text);
    result.counts.push_back(count);
  });
  const Index mine = std::count_if(owned_.counts.begin(), owned_.counts.end(), [&](Index c) { return c >= least; });
  result.found = mpi::all_reduce(comm_, mine, mpi::Reduction::sum);
  return result;
}

SharedCounts::Counted SharedCounts::frequent(Index least) const {
  return unpacked(mpi::all_gather_v(comm_, owned_at_least(least)), least);
}

SharedCounts::Counted SharedCounts::frequent_per_node(Index least) const {
  const auto is_first = mpi::all_gather(comm_, static_cast<char>(comm_.node().is_root()));
  std::vector<std::vector<char>> outgoing(is_first.size());
  for (std::size_t rank = 0; rank < outgoing.size(); ++rank) {
    if (is_first[rank]) outgoing[rank] = owned_at_least(least);
  }
  std::vector<char> all;
  for (const auto& part : mpi::all_to_all_v(comm_, outgoing)) all.insert(all.end(), part.begin(), part.end());
  outgoing.clear();
  return unpacked(all, least);
}

}  // namespace replearn
