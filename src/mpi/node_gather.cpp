#include "mpi/node_gather.hpp"

#include <cstring>
#include <map>
#include <numeric>

#include "mpi/collectives.hpp"

namespace replearn::mpi::detail {
namespace {

bool are_consecutive(const std::vector<std::vector<int>>& ranks_of) {
  int next = 0;
  for (const auto& ranks : ranks_of) {
    for (const int rank : ranks) {
      if (rank != next++) return false;
    }
  }
  return true;
}

}  // namespace

NodeExchange::NodeExchange(const Communicator& comm, Communicator node) : comm_(comm), node_(std::move(node)) {
  const int leader = broadcast(node_, comm.rank());
  std::map<int, std::vector<int>> by_leader;
  const auto leaders = all_gather(comm, leader);
  for (int r = 0; r < comm.size(); ++r) by_leader[leaders[r]].push_back(r);
  for (auto& [first, ranks] : by_leader) ranks_of_.push_back(std::move(ranks));
  auto of_kind = comm.split(node_.is_root() ? 0 : 1);
  if (node_.is_root() && ranks_of_.size() > 1) leaders_.emplace(std::move(of_kind));
}

void NodeExchange::count_written(double bytes) const {
  if (node_.size() > 1) node_.traffic().bytes_sent += bytes;
}

void NodeExchange::between_nodes(char* all, const std::vector<Index>& bytes_of_rank) {
  if (!leaders_) return;
  const auto bytes_of = [&](int rank) { return bytes_of_rank[rank]; };
  std::vector<Index> starts(bytes_of_rank.size()), of_nodes;
  std::exclusive_scan(bytes_of_rank.begin(), bytes_of_rank.end(), starts.begin(), Index{0});
  const auto start_of = [&](int rank) { return starts[rank]; };
  std::vector<char> mine;
  for (std::size_t node = 0; node < ranks_of_.size(); ++node) {
    Index bytes = 0;
    for (const int rank : ranks_of_[node]) {
      bytes += bytes_of(rank);
      if (static_cast<int>(node) == leaders_->rank())
        mine.insert(mine.end(), all + start_of(rank), all + start_of(rank) + bytes_of(rank));
    }
    of_nodes.push_back(bytes);
  }
  if (are_consecutive(ranks_of_)) {
    all_gather_bytes(*leaders_, mine.data(), all, of_nodes);
    return;
  }
  std::vector<char> gathered(starts.back() + bytes_of_rank.back());
  all_gather_bytes(*leaders_, mine.data(), gathered.data(), of_nodes);
  const char* from = gathered.data();
  for (const auto& ranks : ranks_of_) {
    for (const int rank : ranks) {
      std::memcpy(all + start_of(rank), from, static_cast<std::size_t>(bytes_of(rank)));
      from += bytes_of(rank);
    }
  }
}

}  // namespace replearn::mpi::detail
