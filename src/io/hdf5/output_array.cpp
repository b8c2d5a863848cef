#include "io/hdf5/output_array.hpp"

#include <algorithm>
#include <numeric>

#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

constexpr Index bytes_per_write = Index{1} << 18;   // for contiguous arrays
constexpr Index bytes_per_round = Index{16} << 20;  // per rank, before compression
constexpr Index bytes_on_root = Index{128} << 20;   // total over all ranks
constexpr Index copied_per_rank = Index{64} << 20;  // at a time, for contiguous arrays
constexpr std::size_t numbers_per_chunk = 4;        // row, column, filter mask, bytes

Index product(std::vector<Index>::const_iterator begin, std::vector<Index>::const_iterator end, Index first) {
  return std::accumulate(begin, end, first, std::multiplies<>());
}

Index round_up(Index value, Index multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// Copies the part of some rows that one chunk covers, row-major, with zeros beyond the array's end.
std::vector<std::byte> cut_chunk(const ArrayPlace& place, std::span<const std::byte> rows, Index row, Index column) {
  const Index row_bytes = place.row_bytes(), cell = place.cell_bytes();
  const Index columns = row_bytes / cell, width = place.chunk.size() > 1 ? place.chunk[1] : 1;
  const Index count = std::min(place.chunk[0], static_cast<Index>(rows.size()) / row_bytes - row);
  const Index taken = std::min(width, columns - column);
  std::vector<std::byte> chunk(place.chunk[0] * width * cell);
  for (Index i = 0; i < count; ++i) {
    const auto from = rows.subspan(static_cast<std::size_t>((row + i) * row_bytes + column * cell),
                                   static_cast<std::size_t>(taken * cell));
    std::copy(from.begin(), from.end(), chunk.begin() + i * width * cell);
  }
  return chunk;
}

void write_chunk(const Hdf5File& file, const ArrayPlace& place, hid_t dataset, const Index* numbers,
                 std::span<const std::byte> bytes) {
  std::vector<hsize_t> offset(place.extent.size(), 0);
  offset[0] = static_cast<hsize_t>(numbers[0]);
  if (offset.size() > 1) offset[1] = static_cast<hsize_t>(numbers[1]);
  if (H5Dwrite_chunk(dataset, H5P_DEFAULT, static_cast<std::uint32_t>(numbers[2]), offset.data(), bytes.size(),
                     bytes.data()) < 0) {
    Hdf5Origin{file.path(), place.element, true}.fail("a chunk cannot be written");
  }
}

}  // namespace

Index ArrayPlace::row_bytes() const {
  return extent.empty() ? element_bytes : product(extent.begin() + 1, extent.end(), element_bytes);
}

Index ArrayPlace::cell_bytes() const {
  return extent.size() < 2 ? element_bytes : product(extent.begin() + 2, extent.end(), element_bytes);
}

std::vector<ArrayPlace> places_of(const mpi::Communicator& comm, const Hdf5File* file_on_root,
                                  const std::vector<std::string>& elements) {
  constexpr std::size_t fixed = 6;  // axes, chunked, bytes of an element, offset, filter, level
  std::vector<Index> numbers;
  mpi::on_root(comm, [&] {
    for (const auto& element : elements) {
      const auto dataset = file_on_root->dataset_at(element);
      const Hdf5Handle creation(H5Dget_create_plist(dataset.id()), H5Pclose);
      const auto& extent = dataset.shape().extent;
      std::vector<hsize_t> chunk(extent.size());
      const bool chunked = H5Pget_layout(creation.id()) == H5D_CHUNKED;
      if (chunked) H5Pget_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
      const auto compression = compression_like(dataset.id());
      const bool has_place = !chunked && dataset.shape().size() > 0;
      numbers.insert(numbers.end(), {static_cast<Index>(extent.size()), chunked, dataset.shape().element_bytes,
                                     has_place ? file_on_root->byte_offset(element) : 0,
                                     static_cast<Index>(compression.filter), compression.level});
      numbers.insert(numbers.end(), extent.begin(), extent.end());
      if (chunked) numbers.insert(numbers.end(), chunk.begin(), chunk.end());
    }
  });
  numbers = mpi::broadcast(comm, std::move(numbers));
  std::vector<ArrayPlace> places;
  const auto* at = numbers.data();
  for (const auto& element : mpi::broadcast(comm, elements)) {
    const Index axes = at[0];
    ArrayPlace place{element, {at + fixed, at + fixed + axes}, {}, at[2], at[3], {}};
    if (at[1] != 0) place.chunk.assign(at + fixed + axes, at + fixed + 2 * axes);
    place.compression = {static_cast<Compression::Filter>(at[4]), static_cast<int>(at[5])};
    at += fixed + static_cast<std::size_t>(axes) * (at[1] != 0 ? 2 : 1);
    places.push_back(std::move(place));
  }
  return places;
}

void make_array(Hdf5File& file, const std::string& element, hid_t type, const std::vector<Index>& extent,
                const Compression& compression) {
  const auto bytes = static_cast<Index>(H5Tget_size(type));
  const auto chunk =
      compression.filter == Compression::Filter::none ? std::vector<Index>{} : chunk_shape(extent, bytes);
  if (chunk.empty()) return file.make_dataset(element, type, extent);
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  set_compression(creation.id(), compression, chunk, bytes);
  const std::vector<hsize_t> size(extent.begin(), extent.end());
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
  const auto links = create_intermediate_groups();
  const Hdf5Handle dataset(
      H5Dcreate2(file.id(), file.link_name(element).c_str(), type, space.id(), links.id(), creation.id(), H5P_DEFAULT),
      H5Dclose);
  if (!dataset.ok()) Hdf5Origin{file.path(), element, true}.fail("cannot be made");
}

Index ArrayWriter::rows_per_round(const ArrayPlace& place) const {
  const Index rows_per_chunk = place.is_compressed() ? place.chunk[0] : 1;
  const Index bytes = place.is_compressed() ? std::min(bytes_per_round, bytes_on_root / comm_.size()) : bytes_per_write;
  const Index chunks = bytes / std::max<Index>(1, rows_per_chunk * place.row_bytes());
  return rows_per_chunk * std::max<Index>(1, chunks);
}

void ArrayWriter::add(const ArrayPlace& place, Index first_row, std::span<const std::byte> rows) {
  if (!place.is_compressed()) {
    return placed_.write(place.offset + first_row * place.row_bytes(), rows.data(), rows.size());
  }
  std::vector<Index> numbers;
  std::vector<std::byte> bytes;
  mpi::run_collectively(comm_, [&] {
    const Index count = static_cast<Index>(rows.size()) / place.row_bytes();
    const Index columns = place.row_bytes() / place.cell_bytes(), width = place.chunk.size() > 1 ? place.chunk[1] : 1;
    for (Index row = 0; row < count; row += place.chunk[0]) {
      for (Index column = 0; column < columns; column += width) {
        const auto packed = pack(place.compression, cut_chunk(place, rows, row, column));
        numbers.insert(numbers.end(), {first_row + row, column, static_cast<Index>(packed.filter_mask),
                                       static_cast<Index>(packed.bytes.size())});
        bytes.insert(bytes.end(), packed.bytes.begin(), packed.bytes.end());
      }
    }
  });
  const auto all_numbers = mpi::gather_v(comm_, numbers);
  const auto all_bytes = mpi::gather_v(comm_, bytes);
  mpi::on_root(comm_, [&] {
    const auto dataset = file_->dataset_at(place.element);
    std::span<const std::byte> left(all_bytes);
    for (std::size_t at = 0; at < all_numbers.size(); at += numbers_per_chunk) {
      const auto length = static_cast<std::size_t>(all_numbers[at + 3]);
      write_chunk(*file_, place, dataset.id(), all_numbers.data() + at, left.first(length));
      left = left.subspan(length);
    }
  });
}

std::vector<std::byte> ArrayWriter::exchange_ends(const ArrayPlace& place, Index first_row, Index rows,
                                                  std::span<const std::byte> mine) {
  const auto firsts = mpi::all_gather(comm_, first_row), counts = mpi::all_gather(comm_, rows);
  const Index per_chunk = place.chunk[0], before = std::min(round_up(first_row, per_chunk) - first_row, rows);
  std::vector<std::vector<std::byte>> outgoing(comm_.size());
  if (before > 0) {
    const Index start = first_row / per_chunk * per_chunk;
    std::size_t owner = 0;
    while (firsts[owner] + counts[owner] <= start) ++owner;
    const auto head = mine.first(static_cast<std::size_t>(before * place.row_bytes()));
    outgoing[owner].assign(head.begin(), head.end());
  }
  std::vector<std::byte> received;
  for (const auto& part : mpi::all_to_all_v(comm_, outgoing)) received.insert(received.end(), part.begin(), part.end());
  return received;
}

void ArrayWriter::add_own(const ArrayPlace& place, Index first_row, std::span<const std::byte> rows) {
  if (!place.is_compressed()) return mpi::run_collectively(comm_, [&] { add(place, first_row, rows); });
  const Index row_bytes = place.row_bytes(), per_chunk = place.chunk[0], per_round = rows_per_round(place);
  const Index count = static_cast<Index>(rows.size()) / row_bytes;
  const auto received = exchange_ends(place, first_row, count, rows);
  const Index begin = std::min(round_up(first_row, per_chunk), first_row + count), own_end = first_row + count;
  const Index end = own_end + static_cast<Index>(received.size()) / row_bytes;
  const Index rounds = mpi::all_reduce(comm_, (end - begin + per_round - 1) / per_round, mpi::Reduction::max);
  for (Index round = 0; round < rounds; ++round) {
    const Index from = std::min(begin + round * per_round, end), to = std::min(from + per_round, end);
    const auto part = [&](std::span<const std::byte> all, Index all_begin, Index a, Index b) {
      return all.subspan(static_cast<std::size_t>((a - all_begin) * row_bytes),
                         static_cast<std::size_t>((b - a) * row_bytes));
    };
    if (to <= own_end) {
      add(place, from, part(rows, first_row, from, to));
      continue;
    }
    const auto own = part(rows, first_row, std::min(from, own_end), own_end);
    const auto theirs = part(received, own_end, std::max(from, own_end), to);
    std::vector<std::byte> joined(own.begin(), own.end());
    joined.insert(joined.end(), theirs.begin(), theirs.end());
    add(place, from, joined);
  }
}

void ArrayWriter::copy(const ArrayPlace& place, const std::string& file, Index offset) {
  const Index bytes = place.rows() * place.row_bytes(), step = copied_per_rank;
  mpi::run_collectively(comm_, [&] {
    for (Index done = step * comm_.rank(); done < bytes; done += step * comm_.size()) {
      placed_.copy(place.offset + done, file, offset + done, std::min(step, bytes - done));
    }
  });
}

void ArrayWriter::add_box(const ArrayPlace& place, const ArrayBox& box, std::span<const std::byte> values) {
  if (values.empty()) return;
  // Axes that are fully covered are contiguous in the file with the preceding axis.
  std::size_t axis = box.count.size();
  Index stretch = place.element_bytes;
  while (axis > 0) {
    --axis;
    stretch *= box.count[axis];
    if (box.count[axis] != place.extent[axis]) break;
  }
  std::vector<Index> at = box.begin;
  for (auto left = values; !left.empty(); left = left.subspan(static_cast<std::size_t>(stretch))) {
    Index element = 0;
    for (std::size_t a = 0; a < at.size(); ++a) element = element * place.extent[a] + at[a];
    placed_.write(place.offset + element * place.element_bytes, left.data(), static_cast<std::size_t>(stretch));
    for (std::size_t a = axis; a > 0; --a) {
      if (++at[a - 1] < box.begin[a - 1] + box.count[a - 1]) break;
      at[a - 1] = box.begin[a - 1];
    }
  }
}

// Root's fsync suffices on one node; on a shared file system each node must flush its own pages.
void ArrayWriter::synchronize() {
  mpi::run_collectively(comm_, [&] { placed_.synchronize(); });
}

void ArrayWriter::fill(const ArrayPlace& place, const std::function<std::span<const std::byte>(Index, Index)>& produce,
                       Index min_rows) {
  const Index usual = rows_per_round(place), ranks = comm_.size();
  const Index per_round = place.is_compressed() ? usual : std::max(usual, min_rows);
  mpi::run_collectively(comm_, [&] {
    if (place.is_compressed()) return;
    for (Index first = per_round * comm_.rank(); first < place.rows(); first += per_round * ranks) {
      add(place, first, produce(first, std::min(per_round, place.rows() - first)));
    }
  });
  if (!place.is_compressed()) return;
  for (Index round = 0; round < place.rows(); round += per_round * ranks) {
    const Index first = std::min(round + per_round * comm_.rank(), place.rows());
    const auto rows =
        mpi::run_collectively(comm_, [&] { return produce(first, std::min(per_round, place.rows() - first)); });
    add(place, first, rows);
  }
}

}  // namespace replearn::io
