#include "mpi/communicator.hpp"

#include <exception>
#include <utility>

#include "mpi/error.hpp"

namespace replearn::mpi {

Communicator::Communicator(MPI_Comm owned, std::shared_ptr<Shared> shared) : raw_(owned), shared_(std::move(shared)) {
  check(MPI_Comm_set_errhandler(raw_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(raw_, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(raw_, &size_), "MPI_Comm_size");
}

Communicator Communicator::world() {
  return duplicate(MPI_COMM_WORLD);
}

Communicator Communicator::duplicate(MPI_Comm theirs) {
  MPI_Comm ours;
  check(MPI_Comm_dup(theirs, &ours), "MPI_Comm_dup");
  return Communicator(ours, std::make_shared<Shared>());
}

Communicator::Communicator(Communicator&& other) noexcept
    : raw_(std::exchange(other.raw_, MPI_COMM_NULL)),
      rank_(other.rank_),
      size_(other.size_),
      shared_(std::move(other.shared_)) {}

Communicator& Communicator::operator=(Communicator&& other) noexcept {
  if (this != &other) {
    release();
    raw_ = std::exchange(other.raw_, MPI_COMM_NULL);
    rank_ = other.rank_;
    size_ = other.size_;
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
  // Freeing is a collective; while an exception unwinds on one rank alone it would wait for ever.
  if (!finalized && std::uncaught_exceptions() == 0) MPI_Comm_free(&raw_);
}

Communicator Communicator::split(int color) const {
  MPI_Comm part;
  check(MPI_Comm_split(raw_, color, rank_, &part), "MPI_Comm_split");
  return Communicator(part, shared_);
}

Communicator Communicator::node() const {
  MPI_Comm part;
  check(MPI_Comm_split_type(raw_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &part), "MPI_Comm_split_type");
  return Communicator(part, shared_);
}

}  // namespace replearn::mpi
