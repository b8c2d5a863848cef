#include "mpi/node_shared_array.hpp"

#include <exception>

#include "mpi/collectives.hpp"
#include "mpi/error.hpp"

namespace replearn::mpi::detail {

SharedWindow::SharedWindow(const Communicator& node, Index bytes) : node_(node) {
  // The first rank of the node allocates everything; the others query its address.
  void* own = nullptr;
  check(MPI_Win_allocate_shared(node.is_root() ? static_cast<MPI_Aint>(bytes) : 0, 1, MPI_INFO_NULL, node.raw(), &own,
                                &window_),
        "MPI_Win_allocate_shared");
  MPI_Aint size = 0;
  int unit = 0;
  check(MPI_Win_shared_query(window_, 0, &size, &unit, &data_), "MPI_Win_shared_query");
  check(MPI_Win_lock_all(MPI_MODE_NOCHECK, window_), "MPI_Win_lock_all");
}

SharedWindow::~SharedWindow() {
  if (std::uncaught_exceptions() > 0) return;  // freeing is collective
  MPI_Win_unlock_all(window_);
  MPI_Win_free(&window_);
}

void SharedWindow::synchronize() const {
  check(MPI_Win_sync(window_), "MPI_Win_sync");
  barrier(node_);
  check(MPI_Win_sync(window_), "MPI_Win_sync");
}

}  // namespace replearn::mpi::detail
