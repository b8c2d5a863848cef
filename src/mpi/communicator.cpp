#include "mpi/communicator.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "mpi/error.hpp"

namespace replearn::mpi {

namespace {

/// The lowest rank of those that share memory with this one.
int find_node(MPI_Comm comm) {
  int rank = 0;
  MPI_Comm node;
  check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  check(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node), "MPI_Comm_split_type");
  check(MPI_Bcast(&rank, 1, MPI_INT, 0, node), "MPI_Bcast");
  check(MPI_Comm_free(&node), "MPI_Comm_free");
  return rank;
}

}  // namespace

Communicator::Communicator(MPI_Comm owned, std::shared_ptr<Shared> shared, int my_node)
    : raw_(owned), shared_(std::move(shared)) {
  check(MPI_Comm_set_errhandler(raw_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(raw_, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(raw_, &size_), "MPI_Comm_size");
  shares_ = Shares(size_);
  nodes_.resize(size_);
  check(MPI_Allgather(&my_node, 1, MPI_INT, nodes_.data(), 1, MPI_INT, raw_), "MPI_Allgather");
}

void Communicator::count_sent(double bytes) const {
  ++traffic().calls;
  if (size_ == 1) return;
  const auto here = std::count(nodes_.begin(), nodes_.end(), node_of(rank_));
  traffic().bytes_sent += bytes;
  traffic().bytes_between_nodes += bytes * static_cast<double>(size_ - here) / (size_ - 1);
}

void Communicator::count_sent(double bytes, int to) const {
  ++traffic().calls;
  if (to == rank_) return;
  traffic().bytes_sent += bytes;
  if (node_of(to) != node_of(rank_)) traffic().bytes_between_nodes += bytes;
}

Communicator Communicator::world() {
  return duplicate(MPI_COMM_WORLD);
}

Communicator Communicator::duplicate(MPI_Comm theirs) {
  MPI_Comm ours;
  check(MPI_Comm_dup(theirs, &ours), "MPI_Comm_dup");
  return Communicator(ours, std::make_shared<Shared>(), find_node(ours));
}

Communicator::Communicator(Communicator&& other) noexcept
    : raw_(std::exchange(other.raw_, MPI_COMM_NULL)),
      rank_(other.rank_),
      size_(other.size_),
      nodes_(std::move(other.nodes_)),
      shares_(std::move(other.shares_)),
      shared_(std::move(other.shared_)) {}

Communicator& Communicator::operator=(Communicator&& other) noexcept {
  if (this != &other) {
    release();
    raw_ = std::exchange(other.raw_, MPI_COMM_NULL);
    rank_ = other.rank_;
    size_ = other.size_;
    nodes_ = std::move(other.nodes_);
    shares_ = std::move(other.shares_);
    shared_ = std::move(other.shared_);
  }
  return *this;
}

Communicator::~Communicator() {
  release();
}

void Communicator::release() noexcept {
  if (raw_ == MPI_COMM_NULL) return;
  int finalized = 0;
  MPI_Finalized(&finalized);
  // Freeing is collective; during stack unwinding on one rank only it would never return.
  if (!finalized && std::uncaught_exceptions() == 0) MPI_Comm_free(&raw_);
}

Communicator Communicator::split(int color) const {
  MPI_Comm part;
  check(MPI_Comm_split(raw_, color, rank_, &part), "MPI_Comm_split");
  return part_of(part);
}

Communicator Communicator::part_of(MPI_Comm raw) const {
  Communicator part(raw, shared_, node_of(rank_));
  if (shares_.are_equal()) return part;
  const double mine = shares_.of(rank_);
  std::vector<double> weights(part.size_);
  check(MPI_Allgather(&mine, 1, MPI_DOUBLE, weights.data(), 1, MPI_DOUBLE, raw), "MPI_Allgather");
  part.shares_ = Shares(weights);
  return part;
}

Communicator Communicator::node() const {
  MPI_Comm part;
  check(MPI_Comm_split_type(raw_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &part), "MPI_Comm_split_type");
  return part_of(part);
}

}  // namespace replearn::mpi
