#include "mpi/collectives.hpp"

#include <algorithm>
#include <climits>
#include <new>
#include <numeric>

#include "base/error.hpp"
#include "base/stopwatch.hpp"
#include "mpi/error.hpp"

namespace replearn::mpi {
namespace {

/// Adds the time and bytes of one call to the communicator's traffic.
class Account {
 public:
  Account(const Communicator& comm, double bytes) : traffic_(comm.traffic()) { comm.count_sent(bytes); }
  Account(const Communicator& comm, double bytes, int to) : traffic_(comm.traffic()) { comm.count_sent(bytes, to); }
  ~Account() { traffic_.seconds += watch_.seconds(); }
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

 private:
  Traffic& traffic_;
  Stopwatch watch_;
};

/// (p - 1) / p: the fraction of an array that a rank sends in bandwidth-optimal algorithms.
double share(const Communicator& comm) {
  return static_cast<double>(comm.size() - 1) / comm.size();
}

/// Calls piece(offset, count) for consecutive pieces no longer than the limit, `count` elements in total.
template <class Piece>
void in_pieces(Index count, Index limit, Piece piece) {
  for (Index at = 0; at < count; at += limit) piece(at, static_cast<int>(std::min(limit, count - at)));
}

std::vector<Index> starts_of(const std::vector<Index>& counts) {
  std::vector<Index> starts(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), starts.begin(), Index{0});
  return starts;
}

std::vector<int> narrow(const std::vector<Index>& values) {
  return {values.begin(), values.end()};
}

MPI_Op operation(Reduction op) {
  switch (op) {
    case Reduction::sum:
      return MPI_SUM;
    case Reduction::min:
      return MPI_MIN;
    case Reduction::max:
      return MPI_MAX;
  }
  return MPI_OP_NULL;
}

char* at(void* data, Index offset) {
  return static_cast<char*>(data) + offset;
}
const char* at(const void* data, Index offset) {
  return static_cast<const char*>(data) + offset;
}

/// Point-to-point transfers of one collective, divided into pieces, all in flight at once.
class Transfers {
 public:
  explicit Transfers(const Communicator& comm) : comm_(comm) {}
  void send(const void* data, Index bytes, int to) {
    in_pieces(bytes, comm_.message_limit(), [&](Index offset, int count) {
      check(
          MPI_Isend(at(data, offset), count, MPI_BYTE, to, tag, comm_.raw(), &requests_.emplace_back(MPI_REQUEST_NULL)),
          "MPI_Isend");
    });
  }
  void receive(void* data, Index bytes, int from) {
    in_pieces(bytes, comm_.message_limit(), [&](Index offset, int count) {
      check(MPI_Irecv(at(data, offset), count, MPI_BYTE, from, tag, comm_.raw(),
                      &requests_.emplace_back(MPI_REQUEST_NULL)),
            "MPI_Irecv");
    });
  }
  void wait() {
    check(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
  }

 private:
  static constexpr int tag = 71;
  const Communicator& comm_;
  std::vector<MPI_Request> requests_;
};

}  // namespace

void barrier(const Communicator& comm) {
  Account account(comm, 0);
  check(MPI_Barrier(comm.raw()), "MPI_Barrier");
}

bool agree(const Communicator& comm, bool ok) {
  return all_reduce(comm, ok ? 1 : 0, Reduction::min) == 1;
}

void exclusive_sum(const Communicator& comm, std::span<Index> values) {
  Account account(comm, static_cast<double>(values.size_bytes()));
  std::vector<Index> below(values.size(), 0);
  in_pieces(static_cast<Index>(values.size()), comm.message_limit(), [&](Index offset, int piece) {
    check(MPI_Exscan(values.data() + offset, below.data() + offset, piece, MPI_INT64_T, MPI_SUM, comm.raw()),
          "MPI_Exscan");
  });
  if (comm.rank() == 0) std::fill(below.begin(), below.end(), Index{0});  // MPI leaves it undefined there
  std::copy(below.begin(), below.end(), values.begin());
}

std::string broadcast(const Communicator& comm, std::string text, int root) {
  text.resize(broadcast(comm, text.size(), root));
  detail::broadcast_bytes(comm, text.data(), static_cast<Index>(text.size()), root);
  return text;
}

std::vector<std::string> broadcast(const Communicator& comm, std::vector<std::string> texts, int root) {
  std::vector<std::size_t> lengths;
  std::string all;
  for (const auto& text : texts) {
    lengths.push_back(text.size());
    all += text;
  }
  lengths = broadcast(comm, std::move(lengths), root);
  all = broadcast(comm, std::move(all), root);
  texts.resize(lengths.size());
  std::size_t start = 0;
  for (std::size_t i = 0; i < texts.size(); start += lengths[i++]) texts[i] = all.substr(start, lengths[i]);
  return texts;
}

namespace detail {

void broadcast_bytes(const Communicator& comm, void* data, Index bytes, int root) {
  Account account(comm, static_cast<double>(bytes) * share(comm));
  in_pieces(bytes, comm.message_limit(), [&](Index offset, int count) {
    check(MPI_Bcast(at(data, offset), count, MPI_BYTE, root, comm.raw()), "MPI_Bcast");
  });
}

void all_reduce(const Communicator& comm, void* data, Index count, MPI_Datatype type, std::size_t size, Reduction op) {
  Account account(comm, 2 * static_cast<double>(count) * static_cast<double>(size) * share(comm));
  in_pieces(count, comm.message_limit(), [&](Index offset, int piece) {
    check(MPI_Allreduce(MPI_IN_PLACE, at(data, offset * static_cast<Index>(size)), piece, type, operation(op),
                        comm.raw()),
          "MPI_Allreduce");
  });
}

void reduce_scatter_sum(const Communicator& comm, const void* all, void* mine, const std::vector<Index>& counts,
                        MPI_Datatype type, std::size_t size) {
  const auto starts = starts_of(counts);
  const Index total = starts.back() + counts.back();
  Account account(comm, static_cast<double>(total) * static_cast<double>(size) * share(comm));
  if (total <= comm.message_limit()) {
    check(MPI_Reduce_scatter(all, mine, narrow(counts).data(), type, MPI_SUM, comm.raw()), "MPI_Reduce_scatter");
    return;
  }
  const auto bytes = static_cast<Index>(size);
  for (int r = 0; r < comm.size(); ++r) {
    const auto i = static_cast<std::size_t>(r);
    in_pieces(counts[i], comm.message_limit(), [&](Index offset, int count) {
      check(MPI_Reduce(at(all, (starts[i] + offset) * bytes), r == comm.rank() ? at(mine, offset * bytes) : nullptr,
                       count, type, MPI_SUM, r, comm.raw()),
            "MPI_Reduce");
    });
  }
}

std::vector<Index> all_gather_index(const Communicator& comm, Index mine) {
  Account account(comm, sizeof(Index) * (comm.size() - 1));
  std::vector<Index> all(comm.size());
  check(MPI_Allgather(&mine, 1, MPI_INT64_T, all.data(), 1, MPI_INT64_T, comm.raw()), "MPI_Allgather");
  return all;
}

void all_gather_bytes(const Communicator& comm, const void* mine, void* all, const std::vector<Index>& bytes) {
  const Index own = bytes[comm.rank()];
  Account account(comm, static_cast<double>(own) * (comm.size() - 1));
  const auto starts = starts_of(bytes);
  if (starts.back() + bytes.back() <= comm.message_limit()) {
    const auto counts = narrow(bytes), displacements = narrow(starts);
    check(MPI_Allgatherv(mine, static_cast<int>(own), MPI_BYTE, all, counts.data(), displacements.data(), MPI_BYTE,
                         comm.raw()),
          "MPI_Allgatherv");
    return;
  }
  // Exceeds MPI's 32-bit counts: each rank broadcasts its own part, in pieces.
  if (own > 0) std::memcpy(at(all, starts[comm.rank()]), mine, static_cast<std::size_t>(own));
  for (int r = 0; r < comm.size(); ++r) {
    const auto i = static_cast<std::size_t>(r);
    in_pieces(bytes[i], comm.message_limit(), [&](Index offset, int count) {
      check(MPI_Bcast(at(all, starts[i] + offset), count, MPI_BYTE, r, comm.raw()), "MPI_Bcast");
    });
  }
}

void gather_bytes(const Communicator& comm, const void* mine, void* all, const std::vector<Index>& bytes, int root) {
  const Index own = bytes[comm.rank()];
  Account account(comm, static_cast<double>(own), root);
  const auto starts = starts_of(bytes);
  if (starts.back() + bytes.back() <= comm.message_limit()) {
    const auto counts = narrow(bytes), displacements = narrow(starts);
    check(MPI_Gatherv(mine, static_cast<int>(own), MPI_BYTE, all, counts.data(), displacements.data(), MPI_BYTE, root,
                      comm.raw()),
          "MPI_Gatherv");
    return;
  }
  Transfers transfers(comm);
  if (comm.rank() == root) {
    for (int r = 0; r < comm.size(); ++r) {
      const auto i = static_cast<std::size_t>(r);
      if (r == root) {
        if (own > 0) std::memcpy(at(all, starts[i]), mine, static_cast<std::size_t>(own));
      } else {
        transfers.receive(at(all, starts[i]), bytes[i], r);
      }
    }
  } else {
    transfers.send(mine, own, root);
  }
  transfers.wait();
}

std::vector<Index> exchange_counts(const Communicator& comm, const std::vector<Index>& send) {
  Account account(comm, sizeof(Index) * (comm.size() - 1));
  std::vector<Index> received(send.size());
  check(MPI_Alltoall(send.data(), 1, MPI_INT64_T, received.data(), 1, MPI_INT64_T, comm.raw()), "MPI_Alltoall");
  return received;
}

void all_to_all_bytes(const Communicator& comm, const void* send, const std::vector<Index>& send_bytes, void* receive,
                      const std::vector<Index>& receive_bytes, Index largest) {
  const auto me = static_cast<std::size_t>(comm.rank());
  const auto send_starts = starts_of(send_bytes), receive_starts = starts_of(receive_bytes);
  const Index sent = send_starts.back() + send_bytes.back();
  double elsewhere = 0;
  for (int r = 0; r < comm.size(); ++r) {
    if (comm.node_of(r) != comm.node_of(comm.rank())) elsewhere += static_cast<double>(send_bytes[r]);
  }
  Account account(comm, 0);
  comm.traffic().bytes_sent += static_cast<double>(sent - send_bytes[me]);
  comm.traffic().bytes_between_nodes += elsewhere;
  if (largest <= comm.message_limit()) {
    const auto sc = narrow(send_bytes), sd = narrow(send_starts), rc = narrow(receive_bytes),
               rd = narrow(receive_starts);
    check(MPI_Alltoallv(send, sc.data(), sd.data(), MPI_BYTE, receive, rc.data(), rd.data(), MPI_BYTE, comm.raw()),
          "MPI_Alltoallv");
    return;
  }
  if (send_bytes[me] > 0) {
    std::memcpy(at(receive, receive_starts[me]), at(send, send_starts[me]), static_cast<std::size_t>(send_bytes[me]));
  }
  Transfers transfers(comm);
  for (int r = 0; r < comm.size(); ++r) {
    const auto i = static_cast<std::size_t>(r);
    if (i == me) continue;
    transfers.receive(at(receive, receive_starts[i]), receive_bytes[i], r);
    transfers.send(at(send, send_starts[i]), send_bytes[i], r);
  }
  transfers.wait();
}

Index shift_count(const Communicator& comm, Index mine, int distance) {
  Index theirs = 0;
  shift_bytes(comm, &mine, sizeof(Index), &theirs, sizeof(Index), distance);
  return theirs;
}

void shift_bytes(const Communicator& comm, const void* send, Index send_bytes, void* receive, Index receive_bytes,
                 int distance) {
  const int size = comm.size(), forward = ((distance % size) + size) % size;
  Account account(comm, static_cast<double>(send_bytes), (comm.rank() + forward) % size);
  Transfers transfers(comm);
  transfers.receive(receive, receive_bytes, (comm.rank() + size - forward) % size);
  transfers.send(send, send_bytes, (comm.rank() + forward) % size);
  transfers.wait();
}

void rethrow_together(const Communicator& comm, std::exception_ptr mine) {
  const int first = all_reduce(comm, mine ? comm.rank() : INT_MAX, Reduction::min);
  if (first == INT_MAX) return;
  enum Kind { input, system, memory, other };
  int kind = other;
  std::vector<std::string> parts(4);
  if (comm.rank() == first) {
    try {
      std::rethrow_exception(mine);
    } catch (const InputError& error) {
      kind = input;
      parts = {error.file(), error.place(), error.problem(), error.hint()};
    } catch (const SystemError& error) {
      kind = system;
      parts[0] = error.what();
    } catch (const std::bad_alloc&) {
      kind = memory;
    } catch (const std::exception& error) {
      parts[0] = "rank " + std::to_string(first) + ": " + error.what();
    } catch (...) {
      parts[0] = "rank " + std::to_string(first) + ": unknown error";
    }
  }
  kind = broadcast(comm, kind, first);
  parts = broadcast(comm, std::move(parts), first);
  if (kind == input) throw InputError(parts[0], parts[1], parts[2], parts[3]);
  if (kind == system) throw SystemError(parts[0]);
  if (kind == memory) throw std::bad_alloc();
  throw std::runtime_error(parts[0]);
}

}  // namespace detail
}  // namespace replearn::mpi
