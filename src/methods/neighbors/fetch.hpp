#pragma once
#include <span>
#include <vector>

#include "methods/neighbors/clustered_rows.hpp"
#include "mpi/collectives.hpp"

namespace replearn::neighbors {

/// Fetches remote data: what copy_row(local row, T*) writes on the owner of each position, `width` elements each.
/// positions: ascending. All ranks. Cost: 8 bytes sent and width elements received per position.
template <mpi::Sendable T, class CopyRow>
std::vector<T> fetch(const mpi::Communicator& comm, const ClusteredRows& rows, std::span<const Index> positions,
                     Index width, CopyRow copy_row) {
  std::vector<std::vector<Index>> wanted(comm.size());
  for (const Index position : positions) wanted[rows.owner(position)].push_back(position);
  std::vector<std::vector<T>> answers;
  for (const auto& asked : mpi::all_to_all_v(comm, wanted)) {
    auto& answer = answers.emplace_back(asked.size() * static_cast<std::size_t>(width));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      copy_row(asked[i] - rows.first(), answer.data() + static_cast<Index>(i) * width);
    }
  }
  std::vector<T> found;  // ranks own ascending ranges, so the answers arrive in the order of `positions`
  for (const auto& part : mpi::all_to_all_v(comm, answers)) found.insert(found.end(), part.begin(), part.end());
  return found;
}

}  // namespace replearn::neighbors
