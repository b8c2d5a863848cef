#include "io/h5ad_sparse.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "io/h5ad_layout.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// A part of a compressed matrix: `count` rows of CSR (columns of CSC) from `begin` on.
struct Slice {
  std::vector<Index> offsets;  // count + 1, from 0
  std::vector<std::int32_t> indices;
  std::vector<float> values;
};

/// Reads and checks a slice. major: how many rows (columns) there are; minor: what indices must stay below.
Slice read_slice(const Hdf5File& file, const std::string& element, Index begin, Index count, Index major, Index minor) {
  const std::string indptr = element + "/indptr", indices = element + "/indices", data = element + "/data";
  for (const auto& part : {indptr, indices, data}) {
    if (!file.is_dataset(part)) throw InputError(file.path(), part, "is missing", "write the file again");
  }
  const Index stored = file.shape(data).size();
  if (file.shape(indptr).size() != major + 1) {
    throw InputError(
        file.path(), indptr,
        "has " + std::to_string(file.shape(indptr).size()) + " entries instead of " + std::to_string(major + 1),
        "write the file again");
  }
  if (file.shape(indices).size() != stored) {
    throw InputError(file.path(), indices, "is not as long as data", "write the file again");
  }
  Slice slice{file.read_rows<Index>(indptr, begin, count + 1), {}, {}};
  for (std::size_t i = 0; i < slice.offsets.size(); ++i) {
    const Index previous = i == 0 ? (begin == 0 ? 0 : slice.offsets[0]) : slice.offsets[i - 1];
    if (slice.offsets[i] < previous || slice.offsets[i] > stored || (begin == 0 && i == 0 && slice.offsets[0] != 0)) {
      throw InputError(file.path(), indptr,
                       "entry " + std::to_string(begin + static_cast<Index>(i)) + " is " +
                           std::to_string(slice.offsets[i]) + ": indptr must rise from 0 to " + std::to_string(stored),
                       "the file is damaged: write it again");
    }
  }
  const Index first = slice.offsets.front(), entries = slice.offsets.back() - first;
  const auto wide = file.read_rows<Index>(indices, first, entries);
  slice.values = file.read_rows<float>(data, first, entries);
  for (std::size_t k = 0; k < wide.size(); ++k) {
    if (wide[k] < 0 || wide[k] >= minor) {
      throw InputError(file.path(), indices,
                       "entry " + std::to_string(first + static_cast<Index>(k)) + " is " + std::to_string(wide[k]) +
                           ", outside 0 to " + std::to_string(minor - 1),
                       "the file is damaged: write it again");
    }
    if (!std::isfinite(slice.values[k])) {
      throw InputError(file.path(), data, "entry " + std::to_string(first + static_cast<Index>(k)) + " is not finite",
                       "replace NaN and infinities");
    }
  }
  slice.indices.assign(wide.begin(), wide.end());
  for (auto& offset : slice.offsets) offset -= first;
  return slice;
}

/// Brings a row's indices into ascending order. Throws if one stands twice.
void sort_row(const Hdf5File& file, const std::string& element, Index row, SparseRows& sparse, Index begin, Index end) {
  auto* indices = sparse.indices.data();
  if (!std::is_sorted(indices + begin, indices + end)) {
    std::vector<std::pair<std::int32_t, float>> entries;
    for (Index k = begin; k < end; ++k) entries.emplace_back(indices[k], sparse.values[static_cast<std::size_t>(k)]);
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (Index k = begin; k < end; ++k) {
      std::tie(indices[k], sparse.values[static_cast<std::size_t>(k)]) = entries[static_cast<std::size_t>(k - begin)];
    }
  }
  if (const auto* twice = std::adjacent_find(indices + begin, indices + end); twice != indices + end) {
    throw InputError(file.path(), element,
                     "row " + std::to_string(row) + " holds column " + std::to_string(*twice) + " twice",
                     "in Python: call sum_duplicates() on the matrix and write it again");
  }
}

void sort_rows(const Hdf5File& file, const std::string& element, SparseRows& sparse) {
  for (Index i = 0; i < sparse.local_rows(); ++i) {
    sort_row(file, element, sparse.first_row() + i, sparse, sparse.offsets[static_cast<std::size_t>(i)],
             sparse.offsets[static_cast<std::size_t>(i) + 1]);
  }
}

}  // namespace

DistributedMatrix read_dense(const mpi::Communicator& comm, const Hdf5File& file, const std::string& element,
                             const RowPartition& partition, bool keep_missing) {
  const auto extent = file.shape(element).extent;
  DistributedMatrix matrix(partition, comm.rank(), extent.at(1));
  mpi::together(comm, [&] {
    file.read_into(element, matrix.first_row(), matrix.local_rows(), hdf5_type<float>(), matrix.local.data(),
                   sizeof(float));
    for (Index k = 0; k < matrix.local.size(); ++k) {
      const float value = matrix.local.data()[k];
      if (!std::isfinite(value) && !(keep_missing && std::isnan(value))) {
        throw InputError(file.path(), element,
                         "row " + std::to_string(matrix.first_row() + k / matrix.columns()) + ", column " +
                             std::to_string(k % matrix.columns()) + " is not finite",
                         std::isnan(value)
                             ? "replace NaN (--missing nan of replearn factorize and ppca learns without such entries)"
                             : "replace infinities");
      }
    }
  });
  return matrix;
}

SparseRows read_csr(const mpi::Communicator& comm, const Hdf5File& file, const std::string& element,
                    const RowPartition& partition) {
  return mpi::together(comm, [&] {
    const auto shape = layout::shape_of(file, element);
    auto slice =
        read_slice(file, element, partition.begin(comm.rank()), partition.count(comm.rank()), shape[0], shape[1]);
    SparseRows sparse{
        partition, comm.rank(), shape[1], std::move(slice.offsets), std::move(slice.indices), std::move(slice.values)};
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
  const auto shape = mpi::together(comm, [&] {
    auto whole = layout::shape_of(file, element);
    const Index begin = whole[1] * comm.rank() / comm.size(), end = whole[1] * (comm.rank() + 1) / comm.size();
    const auto slice = read_slice(file, element, begin, end - begin, whole[1], whole[0]);
    for (Index j = 0; j < end - begin; ++j) {
      for (Index at = slice.offsets[static_cast<std::size_t>(j)]; at < slice.offsets[static_cast<std::size_t>(j) + 1];
           ++at) {
        const auto k = static_cast<std::size_t>(at);
        const auto owner = static_cast<std::size_t>(partition.owner(slice.indices[k]));
        rows[owner].push_back(slice.indices[k]);
        columns[owner].push_back(static_cast<std::int32_t>(begin + j));
        values[owner].push_back(slice.values[k]);
      }
    }
    return whole;
  });
  const auto my_rows = mpi::all_to_all_v(comm, rows);
  const auto my_columns = mpi::all_to_all_v(comm, columns);
  const auto my_values = mpi::all_to_all_v(comm, values);

  // Entries come ordered by column, from the ranks in turn: counting them into their rows keeps that order.
  SparseRows sparse{partition, comm.rank(), shape[1], {}, {}, {}};
  sparse.offsets.assign(static_cast<std::size_t>(partition.count(comm.rank())) + 1, 0);
  const Index first = partition.begin(comm.rank());
  for (const auto& part : my_rows) {
    for (const Index row : part) ++sparse.offsets[static_cast<std::size_t>(row - first) + 1];
  }
  std::partial_sum(sparse.offsets.begin(), sparse.offsets.end(), sparse.offsets.begin());
  sparse.indices.resize(static_cast<std::size_t>(sparse.offsets.back()));
  sparse.values.resize(sparse.indices.size());
  auto next = sparse.offsets;
  for (std::size_t r = 0; r < ranks; ++r) {
    for (std::size_t k = 0; k < my_rows[r].size(); ++k) {
      const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(my_rows[r][k] - first)]++);
      sparse.indices[at] = my_columns[r][k];
      sparse.values[at] = my_values[r][k];
    }
  }
  mpi::together(comm, [&] { sort_rows(file, element, sparse); });
  return sparse;
}

}  // namespace replearn::io
