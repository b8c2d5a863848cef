#include "io/text/finite_vectors.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

bool is_finite(std::span<const float> row) {
  return std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace

void require_finite_vectors(const mpi::Communicator& comm, const std::string& path, const WordVectorsView& vectors,
                            const std::string& hint) {
  const RowsView& mine = vectors.vectors;
  Index first = mine.rows(), count = 0;
  for (Index i = 0; i < mine.local_rows(); ++i) {
    if (is_finite(mine.row(i))) continue;
    first = std::min(first, mine.first_row() + i);
    ++count;
  }
  first = mpi::all_reduce(comm, first, mpi::Reduction::min);
  count = mpi::all_reduce(comm, count, mpi::Reduction::sum);
  if (count == 0) return;
  mpi::on_root(comm, [&] {  // only root has the words
    const auto more = count > 1 ? " and those of " + std::to_string(count - 1) + " more words" : std::string();
    throw InputError(path, "'" + vectors.words[first] + "'", "its vector" + more + " holds values that are not finite",
                     hint);
  });
}

}  // namespace replearn::io
