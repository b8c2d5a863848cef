#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "mpi/communicator.hpp"
#include "mpi/datatype.hpp"

/// MPI collectives that take and return values. Every function is collective over `comm`: all ranks call it, in the
/// same order. Counts may exceed 2^31 elements: arrays are divided into messages of comm.message_limit() elements.
/// Throws mpi::Error if an MPI call fails.
namespace replearn::mpi {

enum class Reduction { sum, min, max };

namespace detail {
void broadcast_bytes(const Communicator&, void* data, Index bytes, int root);
void all_reduce(const Communicator&, void* data, Index count, MPI_Datatype, std::size_t size, Reduction);
void all_gather_bytes(const Communicator&, const void* mine, void* all, const std::vector<Index>& bytes_of_rank);
void gather_bytes(const Communicator&, const void* mine, void* all, const std::vector<Index>& bytes_of_rank, int root);
void reduce_scatter_sum(const Communicator&, const void* all, void* mine, const std::vector<Index>& counts,
                        MPI_Datatype, std::size_t size);
/// largest: maximum total bytes that any rank sends or receives, identical on all ranks.
void all_to_all_bytes(const Communicator&, const void* send, const std::vector<Index>& send_bytes, void* receive,
                      const std::vector<Index>& receive_bytes, Index largest);
std::vector<Index> all_gather_index(const Communicator&, Index mine);
std::vector<Index> exchange_counts(const Communicator&, const std::vector<Index>& send);
Index shift_count(const Communicator&, Index mine, int distance);
void shift_bytes(const Communicator&, const void* send, Index send_bytes, void* receive, Index receive_bytes,
                 int distance);
void rethrow_together(const Communicator&, std::exception_ptr mine);
}  // namespace detail

/// Barrier.
void barrier(const Communicator& comm);

/// True if `ok` is true on every rank.
bool agree(const Communicator& comm, bool ok);

/// The value of rank `root`, on every rank.
template <Sendable T>
T broadcast(const Communicator& comm, T value, int root = 0) {
  detail::broadcast_bytes(comm, &value, sizeof(T), root);
  return value;
}

/// Overwrites `values` (same length everywhere) with those of rank `root`.
template <Sendable T>
void broadcast_into(const Communicator& comm, std::span<T> values, int root = 0) {
  detail::broadcast_bytes(comm, values.data(), static_cast<Index>(values.size_bytes()), root);
}

/// The vector of rank `root`, whatever its length, on every rank.
template <Sendable T>
std::vector<T> broadcast(const Communicator& comm, std::vector<T> values, int root = 0) {
  values.resize(broadcast(comm, values.size(), root));
  broadcast_into(comm, std::span<T>(values), root);
  return values;
}
std::string broadcast(const Communicator& comm, std::string text, int root = 0);
std::vector<std::string> broadcast(const Communicator& comm, std::vector<std::string> texts, int root = 0);

/// Element-wise sum, minimum or maximum over ranks, in place. A sum of floating-point numbers depends on the number
/// of ranks in its last bits: use reproducible_sum for results.
template <class T>
void all_reduce(const Communicator& comm, std::span<T> values, Reduction op) {
  detail::all_reduce(comm, values.data(), static_cast<Index>(values.size()), datatype<T>(), sizeof(T), op);
}
template <class T>
T all_reduce(const Communicator& comm, T value, Reduction op) {
  all_reduce(comm, std::span<T>(&value, 1), op);
  return value;
}

/// Element-wise exclusive prefix sum over ranks, in place: the start of this rank's share. Zeros on rank 0.
void exclusive_sum(const Communicator& comm, std::span<Index> values);

/// Element-wise sums over ranks of arrays of equal length; rank r receives the counts[r] elements after those of the
/// lower ranks. For integers only, whose sum does not depend on the order.
template <std::integral T>
void reduce_scatter_sum(const Communicator& comm, std::span<const T> all, std::span<T> mine,
                        const std::vector<Index>& counts) {
  detail::reduce_scatter_sum(comm, all.data(), mine.data(), counts, datatype<T>(), sizeof(T));
}

/// One value per rank, in rank order, on every rank.
template <Sendable T>
std::vector<T> all_gather(const Communicator& comm, const T& value) {
  std::vector<T> all(comm.size());
  detail::all_gather_bytes(comm, &value, all.data(), std::vector<Index>(all.size(), sizeof(T)));
  return all;
}

/// Concatenates the arrays of all ranks in rank order, on every rank. Lengths may differ.
template <Sendable T>
std::vector<T> all_gather_v(const Communicator& comm, std::span<const T> mine) {
  auto bytes = detail::all_gather_index(comm, static_cast<Index>(mine.size_bytes()));
  Index total = 0;
  for (const Index b : bytes) total += b;
  std::vector<T> all(static_cast<std::size_t>(total) / sizeof(T));
  detail::all_gather_bytes(comm, mine.data(), all.data(), bytes);
  return all;
}
template <Sendable T>
std::vector<T> all_gather_v(const Communicator& comm, const std::vector<T>& mine) {
  return all_gather_v(comm, std::span<const T>(mine));
}

/// Like all_gather_v, into the caller's array of the final length (no lengths are exchanged: one collective).
/// counts[r]: elements of rank r.
template <Sendable T>
void all_gather_into(const Communicator& comm, std::span<const T> mine, std::span<T> all,
                     const std::vector<Index>& counts) {
  std::vector<Index> bytes(counts);
  for (auto& b : bytes) b *= static_cast<Index>(sizeof(T));
  detail::all_gather_bytes(comm, mine.data(), all.data(), bytes);
}

/// Concatenates the arrays of all ranks on rank `root`; empty elsewhere.
template <Sendable T>
std::vector<T> gather_v(const Communicator& comm, std::span<const T> mine, int root = 0) {
  const auto bytes = detail::all_gather_index(comm, static_cast<Index>(mine.size_bytes()));
  Index total = 0;
  for (const Index b : bytes) total += b;
  std::vector<T> all(comm.rank() == root ? static_cast<std::size_t>(total) / sizeof(T) : 0);
  detail::gather_bytes(comm, mine.data(), all.data(), bytes, root);
  return all;
}
template <Sendable T>
std::vector<T> gather_v(const Communicator& comm, const std::vector<T>& mine, int root = 0) {
  return gather_v(comm, std::span<const T>(mine), root);
}

/// Sends outgoing[r] to rank r; returns the received arrays by rank.
template <Sendable T>
std::vector<std::vector<T>> all_to_all_v(const Communicator& comm, const std::vector<std::vector<T>>& outgoing) {
  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<Index> send_bytes(ranks);
  std::vector<T> send;
  for (std::size_t r = 0; r < ranks; ++r) {
    send_bytes[r] = static_cast<Index>(outgoing[r].size() * sizeof(T));
    send.insert(send.end(), outgoing[r].begin(), outgoing[r].end());
  }
  const auto receive_bytes = detail::exchange_counts(comm, send_bytes);
  Index total = 0;
  for (const Index b : receive_bytes) total += b;
  std::vector<T> received(static_cast<std::size_t>(total) / sizeof(T));
  const Index largest =
      all_reduce(comm, static_cast<Index>(std::max(send.size(), received.size()) * sizeof(T)), Reduction::max);
  detail::all_to_all_bytes(comm, send.data(), send_bytes, received.data(), receive_bytes, largest);
  std::vector<std::vector<T>> incoming(ranks);
  auto at = received.begin();
  for (std::size_t r = 0; r < ranks; ++r) {
    const auto end = at + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(receive_bytes[r]) / sizeof(T));
    incoming[r].assign(at, end);
    at = end;
  }
  return incoming;
}

/// Like all_to_all_v, between the caller's arrays with known lengths: one collective. send holds send_counts[r]
/// elements for each rank r, concatenated; receive likewise. largest: maximum total elements that any rank sends or
/// receives, identical on all ranks.
template <Sendable T>
void all_to_all_into(const Communicator& comm, std::span<const T> send, const std::vector<Index>& send_counts,
                     std::span<T> receive, const std::vector<Index>& receive_counts, Index largest) {
  const auto bytes = [](std::vector<Index> counts) {
    for (auto& count : counts) count *= static_cast<Index>(sizeof(T));
    return counts;
  };
  detail::all_to_all_bytes(comm, send.data(), bytes(send_counts), receive.data(), bytes(receive_counts),
                           largest * static_cast<Index>(sizeof(T)));
}

/// Cyclic shift: sends `values` to the rank `distance` positions ahead (negative: behind) and returns those of the rank
/// as many positions behind. Lengths may differ.
template <Sendable T>
std::vector<T> shift(const Communicator& comm, std::span<const T> values, int distance) {
  const auto bytes = static_cast<Index>(values.size_bytes());
  std::vector<T> received(static_cast<std::size_t>(detail::shift_count(comm, bytes, distance)) / sizeof(T));
  detail::shift_bytes(comm, values.data(), bytes, received.data(), static_cast<Index>(received.size() * sizeof(T)),
                      distance);
  return received;
}
template <Sendable T>
std::vector<T> shift(const Communicator& comm, const std::vector<T>& values, int distance) {
  return shift(comm, std::span<const T>(values), distance);
}

/// Runs `work` on every rank; if it throws on any, throws the error of the lowest such rank on all, so that no rank
/// waits for one that has left. InputError, SystemError and std::bad_alloc keep their type; other exceptions become a
/// std::runtime_error with the rank's number. `work` must not be a collective that an exception would interrupt.
template <class Work>
auto run_collectively(const Communicator& comm, Work&& work) {
  using Result = std::invoke_result_t<Work>;
  std::exception_ptr failure;
  if constexpr (std::is_void_v<Result>) {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    detail::rethrow_together(comm, failure);
  } else {
    std::optional<Result> result;
    try {
      result.emplace(work());
    } catch (...) {
      failure = std::current_exception();
    }
    detail::rethrow_together(comm, failure);
    return std::move(*result);
  }
}

/// Runs `work` on root only and throws its error, if any, on every rank.
template <class Work>
void on_root(const Communicator& comm, Work&& work) {
  run_collectively(comm, [&] {
    if (comm.is_root()) work();
  });
}

}  // namespace replearn::mpi
