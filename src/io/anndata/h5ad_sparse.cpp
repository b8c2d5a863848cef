#include "io/anndata/h5ad_sparse.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/anndata/compressed_matrix.hpp"
#include "io/sparse_order.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// SparseRows stores columns in 32 bits, and the messages of read_csc store rows in 32 bits.
void require_narrow(const Hdf5File& file, const std::string& element, const CompressedMatrix& matrix) {
  if (matrix.minor() <= std::numeric_limits<std::int32_t>::max()) return;
  throw InputError(file.path(), element, "its shape has " + std::to_string(matrix.minor()) + " rows or columns",
                   "indices may be at most 2^31 - 1: write the file again");
}

/// Checks that the node has memory for the shares of a matrix that all ranks read at once; elements and bytes are this
/// rank's.
void require_room(const mpi::Communicator& comm, const Hdf5Dataset& dataset, Index elements, Index element_bytes) {
  int ranks = 0;
  for (int rank = 0; rank < comm.size(); ++rank) ranks += comm.node_of(rank) == comm.node_of(comm.rank());
  dataset.require_room(elements, element_bytes, ranks);
}

/// This rank's rows of CSR (columns of CSC): offsets from 0, indices and values, checked.
struct Slice {
  std::vector<Index> offsets;
  std::vector<std::int32_t> indices;
  std::vector<float> values;
};

Slice read_slice(const mpi::Communicator& comm, const CompressedMatrix& matrix, Index begin, Index count) {
  Slice slice{matrix.offsets(begin, count), {}, {}};
  const Index first = slice.offsets.front(), entries = slice.offsets.back() - first;
  require_room(comm, matrix.data(), entries, sizeof(float) + sizeof(std::int32_t));
  slice.indices = matrix.indices<std::int32_t>(first, entries);
  slice.values = matrix.values<float>(first, entries);
  matrix.require_finite(slice.values, first);
  for (auto& offset : slice.offsets) offset -= first;
  return slice;
}

void sort_rows(const Hdf5File& file, const std::string& element, SparseRows& sparse) {
  if (const auto twice = sort_columns(sparse)) {
    throw InputError(file.path(), element,
                     "row " + std::to_string(twice->row) + " holds column " + std::to_string(twice->column) + " twice",
                     "in Python: call sum_duplicates() on the matrix and write it again");
  }
}

/// Throws InputError if the value, which overflows float32, is finite.
void require_float32(const Hdf5Dataset& dataset, Index row, Index column) {
  if (dataset.shape().kind != Hdf5Kind::real || dataset.shape().element_bytes <= 4) return;
  const double value = dataset.read<double>(dataset.rows(row, 1))[column];
  if (!std::isfinite(value)) return;
  dataset.origin().refuse(
      fmt::format("row {}, column {} is {:g}, more than float32 holds (3.4e38)", row, column, value),
      "divide the data by a constant");
}

}  // namespace

void require_finite_rows(const Hdf5Dataset& dataset, const RowMatrix& rows, Index first_row, bool keep_missing) {
  for (Index k = 0; k < rows.size(); ++k) {
    const float value = rows.data()[k];
    if (std::isfinite(value) || (keep_missing && std::isnan(value))) continue;
    const Index row = first_row + k / rows.cols(), column = k % rows.cols();
    require_float32(dataset, row, column);
    dataset.origin().refuse(
        "row " + std::to_string(row) + ", column " + std::to_string(column) + " is not finite",
        std::isnan(value) ? "replace NaN (--missing nan of replearn factorize and ppca learns without such entries)"
                          : "replace infinities");
  }
}

DistributedMatrix read_dense(const mpi::Communicator& comm, const Hdf5File& file, const std::string& element,
                             const RowPartition& partition, bool keep_missing) {
  return mpi::run_collectively(comm, [&] {
    const auto dataset = file.dataset_at(element);
    const auto& extent = dataset.shape().extent;
    if (extent.size() != 2 || extent[0] != partition.rows() || !dataset.shape().is_number()) {
      dataset.origin().refuse("is not a matrix of numbers with " + std::to_string(partition.rows()) + " rows",
                              "write the file again");
    }
    if (extent[1] > 0) require_room(comm, dataset, partition.count(comm.rank()) * extent[1], sizeof(float));
    DistributedMatrix matrix(partition, comm.rank(), extent[1]);
    dataset.read_into(dataset.rows(matrix.first_row(), matrix.local_rows()),
                      std::span(matrix.local.data(), static_cast<std::size_t>(matrix.local.size())));
    require_finite_rows(dataset, matrix.local, matrix.first_row(), keep_missing);
    return matrix;
  });
}

SparseRows read_csr(const mpi::Communicator& comm, const Hdf5File& file, const std::string& element,
                    const RowPartition& partition) {
  return mpi::run_collectively(comm, [&] {
    const auto matrix = CompressedMatrix::of_element(file, element);
    require_narrow(file, element, matrix);
    auto slice = read_slice(comm, matrix, partition.begin(comm.rank()), partition.count(comm.rank()));
    SparseRows sparse{partition,
                      comm.rank(),
                      matrix.minor(),
                      std::move(slice.offsets),
                      std::move(slice.indices),
                      std::move(slice.values)};
    sort_rows(file, element, sparse);
    return sparse;
  });
}

SparseRows read_csc(const mpi::Communicator& comm, const Hdf5File& file, const std::string& element,
                    const RowPartition& partition) {
  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::vector<Index>> rows(ranks);
  std::vector<std::vector<std::int32_t>> columns(ranks);
  std::vector<std::vector<float>> values(ranks);
  const Index all_columns = mpi::run_collectively(comm, [&] {
    const auto matrix = CompressedMatrix::of_element(file, element);
    require_narrow(file, element, matrix);
    const Index begin = matrix.major() * comm.rank() / comm.size();
    const Index end = matrix.major() * (comm.rank() + 1) / comm.size();
    const auto slice = read_slice(comm, matrix, begin, end - begin);
    for (Index j = 0; j < end - begin; ++j) {
      for (Index at = slice.offsets[j]; at < slice.offsets[static_cast<std::size_t>(j) + 1]; ++at) {
        const auto k = static_cast<std::size_t>(at);
        const auto owner = static_cast<std::size_t>(partition.owner(slice.indices[k]));
        rows[owner].push_back(slice.indices[k]);
        columns[owner].push_back(static_cast<std::int32_t>(begin + j));
        values[owner].push_back(slice.values[k]);
      }
    }
    return matrix.major();
  });
  const auto my_rows = mpi::all_to_all_v(comm, rows);
  const auto my_columns = mpi::all_to_all_v(comm, columns);
  const auto my_values = mpi::all_to_all_v(comm, values);

  // Entries arrive ordered by column, in rank order; a counting sort by row keeps this order.
  SparseRows sparse{partition, comm.rank(), all_columns, {}, {}, {}};
  sparse.offsets.assign(static_cast<std::size_t>(partition.count(comm.rank())) + 1, 0);
  const Index first = partition.begin(comm.rank());
  for (const auto& part : my_rows) {
    for (const Index row : part) ++sparse.offsets[static_cast<std::size_t>(row - first) + 1];
  }
  std::partial_sum(sparse.offsets.begin(), sparse.offsets.end(), sparse.offsets.begin());
  sparse.indices.resize(sparse.offsets.back());
  sparse.values.resize(sparse.indices.size());
  auto next = sparse.offsets;
  for (std::size_t r = 0; r < ranks; ++r) {
    for (std::size_t k = 0; k < my_rows[r].size(); ++k) {
      const auto at = static_cast<std::size_t>(next[my_rows[r][k] - first]++);
      sparse.indices[at] = my_columns[r][k];
      sparse.values[at] = my_values[r][k];
    }
  }
  mpi::run_collectively(comm, [&] { sort_rows(file, element, sparse); });
  return sparse;
}

}  // namespace replearn::io
