#include "io/anndata/h5ad_sparse_cut.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "io/anndata/h5ad_layout.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

constexpr Index entries_per_piece = Index{1} << 18;

/// Indices in the file's type; `room` is the buffer for a conversion.
template <class T>
std::span<const std::byte> converted(std::span<const std::byte> indices, hid_t type, const Hdf5Origin& origin,
                                     std::vector<std::byte>& room) {
  if (H5Tequal(type, hdf5_type<T>()) > 0) return indices;
  const auto bytes = static_cast<std::size_t>(H5Tget_size(type)), count = indices.size() / sizeof(T);
  room.resize(count * std::max(bytes, sizeof(T)));
  std::copy(indices.begin(), indices.end(), room.begin());
  if (H5Tconvert(hdf5_type<T>(), type, count, room.data(), nullptr, H5P_DEFAULT) < 0)
    origin.fail("cannot be converted");
  return std::span(room).first(count * bytes);
}

}  // namespace

std::vector<Index> cut_shape(const Hdf5File& from, const std::string& element, const Mask& rows, const Mask& columns) {
  auto shape = layout::shape_of(from, element);
  const Mask* masks[] = {&rows, &columns};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (masks[axis]->empty()) continue;
    if (static_cast<Index>(masks[axis]->size()) != shape[axis]) {
      throw InputError(from.path(), element, "is " + extent_text(shape) + ": it does not have one row per name",
                       "remove it from the input first");
    }
    shape[axis] = static_cast<Index>(kept_positions(*masks[axis], shape[axis]).size());
  }
  return shape;
}

SparseCut::SparseCut(const mpi::Communicator& comm, const Hdf5File& from, const std::string& element, const Mask& rows,
                     const Mask& columns)
    : element_(element), source_(CompressedMatrix::of_element(from, element)) {
  std::vector<Index> kept_rows, offsets;
  mpi::run_collectively(comm, [&] {
    const bool by_rows = layout::storage_of(from, element) == layout::Storage::csr;
    kept_rows = kept_positions(by_rows ? rows : columns, source_.major());
    offsets = source_.offsets(0, source_.major());
    const Mask& minor_mask = by_rows ? columns : rows;
    if (minor_mask.empty()) return;
    if (source_.minor() >= Index{1} << 31) {
      source_.data().origin().refuse("has more than 2^31 - 1 rows or columns", "remove it from the input first");
    }
    kept_.new_minor.assign(source_.minor(), -1);
    std::int32_t next = 0;
    for (const Index j : kept_positions(minor_mask, source_.minor())) kept_.new_minor[j] = next++;
  });
  const bool is_whole = kept_.new_minor.empty();
  const auto counts = is_whole ? std::vector<Index>{} : count_kept(comm, offsets);
  if (comm.is_root()) indptr_.push_back(0);
  auto& stretches = kept_.stretches;
  if (!is_whole) stretches.reserve(kept_rows.size());
  for (const Index row : kept_rows) {
    const Index begin = offsets[row], end = offsets[static_cast<std::size_t>(row) + 1];
    if (begin < end) {
      if (is_whole && !stretches.empty() && stretches.back().to == begin)
        stretches.back().to = end;
      else
        stretches.push_back({begin, end, kept_.count});
    }
    kept_.count += is_whole ? end - begin : counts[row];
    if (comm.is_root()) indptr_.push_back(kept_.count);
  }
}

template <class T>
std::vector<Index> SparseCut::count_rows(const std::vector<Index>& offsets, Index begin, Index end) const {
  std::vector<Index> counts(end - begin, 0);
  std::vector<T> room(std::min(entries_per_piece, source_.stored()));
  Index row = begin;
  const Index last = offsets[end];
  for (Index at = offsets[begin], piece_end = 0; at < last; at = piece_end) {
    piece_end = std::min(at + entries_per_piece, last);
    const auto indices = std::span(room).first(static_cast<std::size_t>(piece_end - at));
    source_.read_indices<T>(at, indices);
    for (Index done = at; done < piece_end; ++row) {
      const Index row_end = offsets[static_cast<std::size_t>(row) + 1], to = std::min(row_end, piece_end);
      Index count = 0;
      for (; done < to; ++done) {
        count += kept_.new_minor[indices[done - at]] >= 0;
      }
      counts[row - begin] += count;
      if (row_end > piece_end) break;  // continues in the next piece
    }
  }
  return counts;
}

std::vector<Index> SparseCut::count_kept(const mpi::Communicator& comm, const std::vector<Index>& offsets) const {
  // Each rank counts the rows that begin in its share of the entries.
  const auto first_row = [&](int rank) {
    const Index entry = offsets.back() * rank / comm.size();
    return rank == comm.size() ? source_.major()
                               : std::lower_bound(offsets.begin(), offsets.end() - 1, entry) - offsets.begin();
  };
  const auto counts = mpi::run_collectively(comm, [&] {
    const Index begin = first_row(comm.rank()), end = first_row(comm.rank() + 1);
    return KeptEntryReader(source_, kept_).is_narrow() ? count_rows<std::int32_t>(offsets, begin, end)
                                                       : count_rows<Index>(offsets, begin, end);
  });
  return mpi::all_gather_v(comm, counts);
}

Hdf5Handle SparseCut::type_like(const Hdf5Dataset& source) const {
  if (source.shape().kind == Hdf5Kind::integer) return {H5Tcopy(source.type()), H5Tclose};
  const bool is_narrow = std::max(source_.minor(), source_.stored()) < (Index{1} << 31);
  return {H5Tcopy(is_narrow ? H5T_STD_I32LE : H5T_STD_I64LE), H5Tclose};
}

void SparseCut::make(Hdf5File& to, const Compression* recompression) {
  const auto &indices = source_.index_dataset(), &indptr = source_.indptr_dataset();
  const auto compression = [&](const Hdf5Dataset& source) {
    return recompression ? *recompression : compression_like(source.id());
  };
  const Hdf5Handle data_type(H5Tcopy(source_.data().type()), H5Tclose);
  const auto index_type = type_like(indices), offset_type = type_like(indptr);
  make_array(to, element_ + "/data", data_type.id(), {kept_.count}, compression(source_.data()));
  make_array(to, element_ + "/indices", index_type.id(), {kept_.count}, compression(indices));
  const auto rows = static_cast<Index>(indptr_.size());
  make_array(to, element_ + "/indptr", offset_type.id(), {rows}, compression(indptr));
  to.write_rows<Index>(element_ + "/indptr", 0, rows, indptr_);
  indptr_ = {};
}

void SparseCut::fill(ArrayWriter& writer, const ArrayPlace& data, const ArrayPlace& indices) const {
  const auto& comm = writer.comm();
  const auto type = type_like(source_.index_dataset());
  KeptEntryReader reader(source_, kept_);
  std::vector<std::byte> room;
  const auto read = [&](Index begin, Index end) {
    auto entries = reader.read(begin, end - begin);
    const auto& origin = source_.index_dataset().origin();
    entries.indices = reader.is_narrow() ? converted<std::int32_t>(entries.indices, type.id(), origin, room)
                                         : converted<Index>(entries.indices, type.id(), origin, room);
    return entries;
  };
  const Index chunk =
      std::max(data.is_compressed() ? data.chunk[0] : 1, indices.is_compressed() ? indices.chunk[0] : 1);
  const Index per_round =
      std::max(chunk, std::min(writer.rows_per_round(data), writer.rows_per_round(indices)) / chunk * chunk);
  if (!data.is_compressed() && !indices.is_compressed()) {
    return mpi::run_collectively(comm, [&] {
      const Index end = kept_.count * (comm.rank() + 1) / comm.size();
      for (Index begin = kept_.count * comm.rank() / comm.size(); begin < end; begin += per_round) {
        const auto entries = read(begin, std::min(begin + per_round, end));
        writer.add(data, begin, entries.data);
        writer.add(indices, begin, entries.indices);
      }
    });
  }
  const Index step = per_round * comm.size();
  for (Index round = 0; round < data.rows(); round += step) {
    const Index begin = std::min(round + per_round * comm.rank(), data.rows());
    const auto entries =
        mpi::run_collectively(comm, [&] { return read(begin, std::min(begin + per_round, data.rows())); });
    mpi::run_collectively(comm, [&] {
      if (!data.is_compressed()) writer.add(data, begin, entries.data);
      if (!indices.is_compressed()) writer.add(indices, begin, entries.indices);
    });
    if (data.is_compressed()) writer.add(data, begin, entries.data);
    if (indices.is_compressed()) writer.add(indices, begin, entries.indices);
  }
}

}  // namespace replearn::io
