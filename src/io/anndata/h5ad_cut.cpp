#include "io/anndata/h5ad_cut.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

#include "base/error.hpp"

namespace replearn::io {
namespace {

constexpr Index piece_bytes = Index{1} << 20;  // larger buffers would be mapped anew by the system each time
constexpr Index whole_chunk_bytes = Index{64}
                                    << 20;  // limit up to which pieces grow so that no chunk is decompressed twice

}  // namespace

std::vector<Index> kept_positions(const Mask& mask, Index whole) {
  std::vector<Index> kept;
  for (Index i = 0; i < whole; ++i) {
    if (mask.empty() || mask[i] != 0) kept.push_back(i);
  }
  return kept;
}

ArrayCut::ArrayCut(const Hdf5Dataset& source, const Mask& rows, const Mask& columns) : source_(source) {
  const auto& extent = source.shape().extent;
  const Index wide = extent.size() < 2 ? 1 : extent[1];
  if (extent.empty() || (!rows.empty() && static_cast<Index>(rows.size()) != extent[0]) ||
      (!columns.empty() && static_cast<Index>(columns.size()) != wide)) {
    source.origin().refuse("is " + extent_text(extent) + ": it does not have one row per name",
                           "remove it from the input first");
  }
  rows_ = kept_positions(rows, extent[0]);
  for (const Index j : kept_positions(columns, wide)) {
    if (!column_runs_.empty() && column_runs_.back().from + column_runs_.back().count == j)
      ++column_runs_.back().count;
    else
      column_runs_.push_back({j, 1});
    ++columns_;
  }
}

std::vector<Index> ArrayCut::extent() const {
  auto extent = source_.shape().extent;
  extent[0] = static_cast<Index>(rows_.size());
  if (extent.size() > 1) extent[1] = columns_;
  return extent;
}

Index ArrayCut::rows_of_chunk() const {
  const Hdf5Handle creation(H5Dget_create_plist(source_.id()), H5Pclose);
  if (H5Pget_layout(creation.id()) != H5D_CHUNKED) return 1;
  std::vector<hsize_t> chunk(source_.shape().extent.size());
  H5Pget_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
  return static_cast<Index>(chunk[0]);
}

Index ArrayCut::rows_worth_reading() const {
  constexpr Index chunks = 4;  // about one of which is decompressed twice
  const auto& extent = source_.shape().extent;
  const Index row =
      std::accumulate(extent.begin() + 1, extent.end(), source_.shape().element_bytes, std::multiplies<>());
  const Index high = rows_of_chunk(), most = whole_chunk_bytes / std::max<Index>(1, row);
  return high > most ? 1 : std::min(chunks, most / high) * high;
}

Index ArrayCut::rows_per_piece(Index element_bytes) const {
  const auto& extent = source_.shape().extent;
  const Index row = std::accumulate(extent.begin() + 1, extent.end(), element_bytes, std::multiplies<>());
  const Index rows = std::max<Index>(1, piece_bytes / std::max<Index>(1, row));
  const Index high = rows_of_chunk();
  if (high > rows) return high <= whole_chunk_bytes / std::max<Index>(1, row) ? high : rows;
  return rows / high * high;
}

/// take(values, element bytes of a row, rows chosen: positions within the piece)
template <class Take>
void ArrayCut::for_each_piece(Index first_row, Index count, Index per_piece, Take take) const {
  const auto end = rows_.begin() + first_row + count;
  for (auto at = rows_.begin() + first_row; at != end;) {
    const Index begin = *at / per_piece * per_piece;
    const Index piece_end = std::min(begin + per_piece, *(end - 1) + 1);
    const auto next = std::lower_bound(at, end, piece_end);
    // Starts at the first selected row, not at the start of the piece.
    take(source_.rows(*at, *(next - 1) + 1 - *at), at, next);
    at = next;
  }
}

/// Copies the selected columns and returns the end of the output. `to` may overlap `row` if it does not lie behind it.
std::byte* ArrayCut::copy_row(const std::byte* row, Index cell, std::byte* to) const {
  for (const auto& run : column_runs_) {
    const auto bytes = static_cast<std::size_t>(run.count * cell);
    if (bytes == sizeof(float)) {  // the common case; faster with a size known at compile time
      std::memmove(to, row + run.from * cell, sizeof(float));
    } else {
      std::memmove(to, row + run.from * cell, bytes);
    }
    to += bytes;
  }
  return to;
}

std::span<const std::byte> ArrayCut::read(Index first_row, Index count, std::vector<std::byte>& room) const {
  const auto& shape = source_.shape();
  const Index cell = shape.extent.size() < 3 ? shape.element_bytes
                                             : std::accumulate(shape.extent.begin() + 2, shape.extent.end(),
                                                               shape.element_bytes, std::multiplies<>());
  const Index columns = shape.extent.size() < 2 ? 1 : shape.extent[1], row_bytes = cell * columns;
  std::size_t filled = 0;
  for_each_piece(first_row, count, rows_per_piece(shape.element_bytes), [&](const ArrayBox& box, auto at, auto next) {
    // Rows are appended to the buffer and compacted in place.
    const auto bytes = static_cast<std::size_t>(box.count[0] * row_bytes);
    if (room.size() < filled + bytes) room.resize(filled + bytes);
    source_.read_stored(box, std::span(room).subspan(filled, bytes));
    if (columns_ == columns && next - at == box.count[0]) {
      filled += bytes;
      return;
    }
    const auto* rows = room.data() + filled;
    auto* to = room.data() + filled;
    for (; at != next; ++at) to = copy_row(rows + (*at - box.begin[0]) * row_bytes, cell, to);
    filled = static_cast<std::size_t>(to - room.data());
  });
  return std::span(room).first(filled);
}

void ArrayCut::copy_to(Hdf5File& to, const std::string& element) const {
  const auto target = to.dataset_at(element);
  const auto& extent = target.shape().extent;
  if (target.shape().size() == 0) return;
  const Hdf5Handle space(H5Dget_space(target.id()), H5Sclose);
  const Hdf5Handle native(H5Tget_native_type(source_.type(), H5T_DIR_ASCEND), H5Tclose);
  const auto& whole = source_.shape().extent;
  const auto element_bytes = static_cast<Index>(H5Tget_size(native.id()));
  const Index cell = whole.size() < 3
                         ? element_bytes
                         : std::accumulate(whole.begin() + 2, whole.end(), element_bytes, std::multiplies<>());
  const Index row_bytes = cell * (whole.size() < 2 ? 1 : whole[1]);
  Index written = 0;
  // A variable-length string takes 8 bytes here plus its text elsewhere.
  const Index per_piece = rows_per_piece(element_bytes + (holds_variable_length(source_.type()) ? 64 : 0));
  for_each_piece(0, static_cast<Index>(rows_.size()), per_piece, [&](const ArrayBox& box, auto at, auto next) {
    const auto values = source_.read_raw(box);
    const Index count = next - at;
    std::vector<std::byte> chosen(count * columns_ * cell);
    auto* end = chosen.data();
    for (; at != next; ++at) end = copy_row(values.bytes().data() + (*at - box.begin[0]) * row_bytes, cell, end);
    std::vector<hsize_t> start(extent.size(), 0), size(extent.begin(), extent.end());
    start[0] = static_cast<hsize_t>(written);
    size[0] = static_cast<hsize_t>(count);
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
    const Hdf5Handle memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
    if (H5Dwrite(target.id(), values.type(), memory.id(), space.id(), H5P_DEFAULT, chosen.data()) < 0) {
      Hdf5Origin{to.path(), element, true}.fail("cannot be written");
    }
    written += count;
  });
}

}  // namespace replearn::io
