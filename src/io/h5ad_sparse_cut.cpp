#include "io/h5ad_sparse_cut.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/error.hpp"
#include "io/h5ad_layout.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

constexpr Index entries_per_piece = Index{1} << 18;

/// Takes up the entries [begin, end) of a result that comes by one after the other.
template <class T>
class EntryWriter {
 public:
  EntryWriter(Index begin, Index end, Index width)
      : begin_(begin),
        end_(end),
        width_(width),
        indices_(static_cast<std::size_t>(end - begin)),
        data_(static_cast<std::size_t>((end - begin) * width)) {}

  void skip_to(Index entry) { at_ = entry; }
  bool is_full() const { return at_ >= end_; }

  void take_all(const T* indices, const std::byte* data, Index count) {
    const Index from = std::clamp(begin_ - at_, Index{0}, count), to = std::clamp(end_ - at_, Index{0}, count);
    if (from < to) {
      std::copy(indices + from, indices + to, indices_.data() + (at_ + from - begin_));
      std::copy(data + from * width_, data + to * width_, data_.data() + (at_ + from - begin_) * width_);
    }
    at_ += count;
  }

  /// Those whose new index is not -1.
  void take_some(const T* indices, const std::byte* data, Index count, const std::vector<Index>& new_index) {
    for (Index k = 0; k < count; ++k) {
      const Index j = new_index[static_cast<std::size_t>(indices[k])];
      if (j < 0) continue;
      if (at_ >= begin_ && at_ < end_) {
        indices_[static_cast<std::size_t>(at_ - begin_)] = static_cast<T>(j);
        copy_value(data + k * width_, data_.data() + (at_ - begin_) * width_);
      }
      ++at_;
    }
  }

  std::vector<T>& indices() { return indices_; }
  std::vector<std::byte>& data() { return data_; }

 private:
  void copy_value(const std::byte* from, std::byte* to) const {
    if (width_ == 4)
      std::memcpy(to, from, 4);  // of a length that the compiler knows
    else
      std::memcpy(to, from, static_cast<std::size_t>(width_));
  }

  Index begin_, end_, width_, at_ = 0;
  std::vector<T> indices_;
  std::vector<std::byte> data_;
};

/// Indices as bytes of a type.
template <class T>
std::vector<std::byte> converted(const std::vector<T>& indices, hid_t type, const Hdf5Origin& origin) {
  const auto bytes = static_cast<std::size_t>(H5Tget_size(type));
  std::vector<std::byte> stored(indices.size() * std::max(bytes, sizeof(T)));
  std::memcpy(stored.data(), indices.data(), indices.size() * sizeof(T));
  if (H5Tequal(type, hdf5_type<T>()) <= 0 &&
      H5Tconvert(hdf5_type<T>(), type, indices.size(), stored.data(), nullptr, H5P_DEFAULT) < 0) {
    origin.fail("cannot be converted");
  }
  stored.resize(indices.size() * bytes);
  return stored;
}

}  // namespace

std::vector<Index> cut_shape(const Hdf5File& from, const std::string& element, const Mask& rows, const Mask& columns) {
  auto shape = layout::shape_of(from, element);
  const Mask* masks[] = {&rows, &columns};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (masks[axis]->empty()) continue;
    if (static_cast<Index>(masks[axis]->size()) != shape[axis]) {
      throw InputError(from.path(), element, "is " + extent_text(shape) + ": it does not have one row for each name",
                       "remove it from the input first");
    }
    shape[axis] = static_cast<Index>(kept_positions(*masks[axis], shape[axis]).size());
  }
  return shape;
}

SparseCut::SparseCut(const mpi::Communicator& comm, const Hdf5File& from, const std::string& element, const Mask& rows,
                     const Mask& columns)
    : element_(element),
      source_(CompressedMatrix::of_element(from, element)),
      indices_(from.dataset_at(element + "/indices")),
      indptr_(from.dataset_at(element + "/indptr")) {
  mpi::together(comm, [&] {
    const bool by_rows = layout::storage_of(from, element) == layout::Storage::csr;
    kept_ = kept_positions(by_rows ? rows : columns, source_.major());
    offsets_ = source_.offsets(0, source_.major());
    const Mask& minor_mask = by_rows ? columns : rows;
    if (minor_mask.empty()) return;
    new_minor_.assign(static_cast<std::size_t>(source_.minor()), -1);
    Index next = 0;
    for (const Index j : kept_positions(minor_mask, source_.minor())) new_minor_[static_cast<std::size_t>(j)] = next++;
  });
  const auto counts = count_kept(comm);
  new_offsets_ = {0};
  for (const Index row : kept_) new_offsets_.push_back(new_offsets_.back() + counts[static_cast<std::size_t>(row)]);
}

std::vector<Index> SparseCut::count_kept(const mpi::Communicator& comm) const {
  const auto end_of = [&](Index row) { return offsets_[static_cast<std::size_t>(row) + 1]; };
  std::vector<Index> counts;
  if (new_minor_.empty()) {
    for (Index row = 0; row < source_.major(); ++row)
      counts.push_back(end_of(row) - offsets_[static_cast<std::size_t>(row)]);
    return counts;
  }
  // A rank counts the rows that begin in its share of the entries.
  const auto first_row = [&](int rank) {
    const Index entry = offsets_.back() * rank / comm.size();
    return rank == comm.size() ? source_.major()
                               : std::lower_bound(offsets_.begin(), offsets_.end() - 1, entry) - offsets_.begin();
  };
  mpi::together(comm, [&] {
    const Index begin = first_row(comm.rank()), end = first_row(comm.rank() + 1);
    counts.assign(static_cast<std::size_t>(end - begin), 0);
    Index row = begin;
    const Index last = offsets_[static_cast<std::size_t>(end)];
    for (Index at = offsets_[static_cast<std::size_t>(begin)]; at < last; at += entries_per_piece) {
      const auto indices = source_.indices<Index>(at, std::min(entries_per_piece, last - at));
      for (std::size_t k = 0; k < indices.size(); ++k) {
        while (end_of(row) <= at + static_cast<Index>(k)) ++row;
        counts[static_cast<std::size_t>(row - begin)] += new_minor_[static_cast<std::size_t>(indices[k])] >= 0;
      }
    }
  });
  return mpi::all_gather_v(comm, counts);
}

Hdf5Handle SparseCut::type_like(const Hdf5Dataset& source) const {
  if (source.shape().kind == Hdf5Kind::integer) return {H5Tcopy(source.type()), H5Tclose};
  const bool is_narrow = std::max(source_.minor(), source_.stored()) < (Index{1} << 31);
  return {H5Tcopy(is_narrow ? H5T_STD_I32LE : H5T_STD_I64LE), H5Tclose};
}

/// Entries [begin, end) of the result.
SparseCut::Values SparseCut::read(Index begin, Index end) const {
  if (begin >= end) return {};
  const bool narrow = indices_.shape().element_bytes <= 4 && source_.minor() < (Index{1} << 31);
  return narrow ? read_as<std::int32_t>(begin, end) : read_as<Index>(begin, end);
}

template <class T>
SparseCut::Values SparseCut::read_as(Index begin, Index end) const {
  const Index width = source_.data().shape().element_bytes;
  EntryWriter<T> out(begin, end, width);
  auto kept = static_cast<std::size_t>(std::upper_bound(new_offsets_.begin(), new_offsets_.end(), begin) -
                                       new_offsets_.begin() - 1);
  const auto last = static_cast<std::size_t>(std::lower_bound(new_offsets_.begin(), new_offsets_.end(), end) -
                                             new_offsets_.begin() - 1);
  const auto row_begin = [&](std::size_t k) { return offsets_[static_cast<std::size_t>(kept_[k])]; };
  const auto row_end = [&](std::size_t k) { return offsets_[static_cast<std::size_t>(kept_[k]) + 1]; };
  const Index source_end = row_end(last);
  out.skip_to(new_offsets_[kept]);
  for (Index at = row_begin(kept); at < source_end && !out.is_full();) {
    const Index piece_end = std::min(at + entries_per_piece, source_end);
    const auto indices = source_.indices<T>(at, piece_end - at);
    const auto data = source_.data().read_stored(source_.data().rows(at, piece_end - at));
    for (; kept <= last; ++kept) {
      const Index from = std::max(at, row_begin(kept)), to = std::min(row_end(kept), piece_end);
      if (from < to) {
        const auto* values = data.data() + (from - at) * width;
        if (new_minor_.empty())
          out.take_all(indices.data() + (from - at), values, to - from);
        else
          out.take_some(indices.data() + (from - at), values, to - from, new_minor_);
      }
      if (row_end(kept) > piece_end) break;  // goes on in the next piece
    }
    at = kept <= last ? std::max(piece_end, row_begin(kept)) : source_end;
  }
  return {converted(out.indices(), type_like(indices_).id(), indices_.origin()), std::move(out.data())};
}

void SparseCut::make(Hdf5File& to, const Compression* anew) const {
  const auto compression = [&](const Hdf5Dataset& source) { return anew ? *anew : compression_like(source.id()); };
  const Hdf5Handle data_type(H5Tcopy(source_.data().type()), H5Tclose);
  const auto index_type = type_like(indices_), offset_type = type_like(indptr_);
  make_array(to, element_ + "/data", data_type.id(), {new_offsets_.back()}, compression(source_.data()));
  make_array(to, element_ + "/indices", index_type.id(), {new_offsets_.back()}, compression(indices_));
  const auto rows = static_cast<Index>(new_offsets_.size());
  make_array(to, element_ + "/indptr", offset_type.id(), {rows}, compression(indptr_));
  to.write_rows<Index>(element_ + "/indptr", 0, rows, new_offsets_);
}

void SparseCut::fill(ArrayWriter& writer, const ArrayPlace& data, const ArrayPlace& indices) const {
  const auto& comm = writer.comm();
  const Index chunk =
      std::max(data.is_compressed() ? data.chunk[0] : 1, indices.is_compressed() ? indices.chunk[0] : 1);
  const Index per_round =
      std::max(chunk, std::min(writer.rows_per_round(data), writer.rows_per_round(indices)) / chunk * chunk);
  const Index step = per_round * comm.size();
  if (!data.is_compressed() && !indices.is_compressed()) {
    return mpi::together(comm, [&] {
      for (Index begin = per_round * comm.rank(); begin < data.rows(); begin += step) {
        const auto values = read(begin, std::min(begin + per_round, data.rows()));
        writer.add(data, begin, values.data);
        writer.add(indices, begin, values.indices);
      }
    });
  }
  for (Index round = 0; round < data.rows(); round += step) {
    const Index begin = std::min(round + per_round * comm.rank(), data.rows());
    const auto values = mpi::together(comm, [&] { return read(begin, std::min(begin + per_round, data.rows())); });
    mpi::together(comm, [&] {
      if (!data.is_compressed()) writer.add(data, begin, values.data);
      if (!indices.is_compressed()) writer.add(indices, begin, values.indices);
    });
    if (data.is_compressed()) writer.add(data, begin, values.data);
    if (indices.is_compressed()) writer.add(indices, begin, values.indices);
  }
}

}  // namespace replearn::io
