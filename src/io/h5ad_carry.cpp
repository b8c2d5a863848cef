#include "io/h5ad_carry.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "io/h5ad_layout.hpp"

namespace replearn::io {
namespace {

constexpr Index piece_bytes = Index{64} << 20;

Index kept(const Mask& mask, Index whole) {
  return mask.empty() ? whole
                      : static_cast<Index>(std::count_if(mask.begin(), mask.end(), [](auto k) { return k != 0; }));
}

bool keeps(const Mask& mask, Index i) {
  return mask.empty() || mask[static_cast<std::size_t>(i)] != 0;
}

bool is_sparse(const Hdf5File& file, const std::string& path) {
  const auto type = file.string_attribute(path, "encoding-type");
  return type == "csr_matrix" || type == "csc_matrix" || file.has_attribute(path, "h5sparse_format");
}

}  // namespace

void H5adCarrier::carry(const std::string& path, const Mask& rows, const Mask& columns) {
  if (replaced_(path) || to_.exists(path)) return;
  if (from_.is_group(path)) {
    carry_group(path, rows, columns);
  } else {
    carry_dataset(path, rows, columns);
  }
}

void H5adCarrier::carry_group(const std::string& path, const Mask& rows, const Mask& columns) {
  const std::string type = from_.string_attribute(path, "encoding-type");
  if (is_sparse(from_, path)) return carry_sparse(path, rows, columns);
  if (type == "dataframe") {
    const auto names = carry_columns(path, rows);
    layout::mark_dataframe(to_, path, layout::index_of(from_, path), names);
    return;
  }
  if (type.empty() || type == "dict" || type == "raw") {
    to_.make_group(path);
    layout::mark(to_, path, type == "raw" ? "raw" : "dict", "0.1.0");
    for (const auto& name : from_.children(path)) carry(path + "/" + name, rows, columns);
    return;
  }
  if (type == "categorical" || type.starts_with("nullable-")) return carry_column(path, rows);
  if (!rows.empty() || !columns.empty()) {
    throw InputError(from_.path(), path, "an element of kind '" + type + "' cannot lose rows",
                     "remove it from the input first");
  }
  copy_whole(path);
}

std::vector<std::string> H5adCarrier::carry_columns(const std::string& path, const Mask& rows) {
  to_.make_group(path);
  const std::string index = layout::index_of(from_, path);
  carry_column(path + "/" + index, rows);
  std::vector<std::string> names;
  for (const auto& name : layout::columns_of(from_, path)) {
    if (replaced_(path + "/" + name)) continue;
    carry_column(path + "/" + name, rows);
    names.push_back(name);
  }
  return names;
}

void H5adCarrier::carry_column(const std::string& path, const Mask& rows) {
  const bool old_categorical = from_.is_dataset(path) && from_.has_attribute(path, "categories");
  if (old_categorical) {
    Column column = layout::read_column(from_, path);
    if (!rows.empty()) column = select(column, rows);
    layout::write_column(to_, path, column);
    keep_category_type(from_.reference_attribute(path, "categories"), path + "/categories");
  } else if (from_.is_group(path)) {
    if (rows.empty()) return copy_whole(path);
    to_.make_group(path);
    copy_attributes(path);
    for (const auto& name : from_.children(path)) {
      carry_dataset(path + "/" + name, name == "categories" ? Mask{} : rows, {});
    }
  } else {
    carry_dataset(path, rows, {});
  }
}

void H5adCarrier::keep_category_type(const std::string& old, const std::string& written) {
  if (old.empty() || from_.shape(old).kind == Hdf5Kind::string) return;
  if (H5Ldelete(to_.id(), written.c_str(), H5P_DEFAULT) < 0 ||
      H5Ocopy(from_.id(), old.c_str(), to_.id(), written.c_str(), H5P_DEFAULT, H5P_DEFAULT) < 0 ||
      (to_.has_attribute(written, "ordered") &&
       H5Adelete_by_name(to_.id(), written.c_str(), "ordered", H5P_DEFAULT) < 0)) {
    throw SystemError(to_.path() + ": " + written + " cannot be written; is the disk full?");
  }
  mark_dataset(written);
}

void H5adCarrier::copy_whole(const std::string& path) {
  const auto links = hdf5_groups_on_the_way();  // old files may have columns named a/b
  if (H5Ocopy(from_.id(), path.c_str(), to_.id(), path.c_str(), H5P_DEFAULT, links.id()) < 0) {
    throw SystemError(to_.path() + ": " + path + " could not be copied from " + from_.path() + "; is the disk full?");
  }
}

void H5adCarrier::copy_attributes(const std::string& path) {
  from_.copy_attributes(path, to_, path);
}

void H5adCarrier::mark_dataset(const std::string& path) {
  if (!to_.string_attribute(path, "encoding-type").empty()) return;
  const auto shape = to_.shape(path);
  if (shape.kind == Hdf5Kind::compound)
    layout::mark(to_, path, "rec-array", "0.2.0");
  else if (shape.kind == Hdf5Kind::string)
    layout::mark(to_, path, shape.extent.empty() ? "string" : "string-array", "0.2.0");
  else
    layout::mark(to_, path, shape.extent.empty() ? "numeric-scalar" : "array", "0.2.0");
}

void H5adCarrier::carry_dataset(const std::string& path, const Mask& rows, const Mask& columns) {
  if (rows.empty() && columns.empty()) {
    copy_whole(path);
    return mark_dataset(path);
  }
  const Hdf5Handle source(H5Dopen2(from_.id(), path.c_str(), H5P_DEFAULT), H5Dclose);
  const Hdf5Handle stored(H5Dget_type(source.id()), H5Tclose);
  const auto reader = from_.dataset_at(path);
  auto extent = reader.shape().extent;
  const Index long_rows = extent.empty() ? 0 : extent[0], wide = extent.size() < 2 ? 1 : extent[1];
  if (extent.empty() || static_cast<Index>(rows.empty() ? long_rows : static_cast<Index>(rows.size())) != long_rows ||
      (!columns.empty() && static_cast<Index>(columns.size()) != wide)) {
    throw InputError(from_.path(), path, "does not have one row for each name", "remove it from the input first");
  }
  const Hdf5Handle memory(H5Tget_native_type(stored.id(), H5T_DIR_ASCEND), H5Tclose);
  const auto element = H5Tget_size(memory.id());
  const Index beyond =
      extent.size() < 3 ? 1 : std::accumulate(extent.begin() + 2, extent.end(), Index{1}, std::multiplies<>());
  const std::size_t cell = element * static_cast<std::size_t>(beyond);  // one entry of row and column
  extent[0] = kept(rows, long_rows);
  if (extent.size() > 1) extent[1] = kept(columns, wide);
  to_.make_dataset(path, stored.id(), extent);
  copy_attributes(path);
  mark_dataset(path);
  const Hdf5Handle target(H5Dopen2(to_.id(), path.c_str(), H5P_DEFAULT), H5Dclose);
  const Hdf5Handle target_space(H5Dget_space(target.id()), H5Sclose);

  const Index rows_a_piece = std::max<Index>(1, piece_bytes / std::max<Index>(1, static_cast<Index>(cell) * wide));
  std::vector<hsize_t> start(extent.size(), 0), size(extent.begin(), extent.end());
  Index written = 0;
  for (Index begin = 0; begin < long_rows; begin += rows_a_piece) {
    const Index count = std::min(rows_a_piece, long_rows - begin);
    const auto values = reader.read_raw(reader.rows(begin, count));
    std::vector<std::byte> chosen;
    Index chosen_rows = 0;
    for (Index i = 0; i < count; ++i) {
      if (!keeps(rows, begin + i)) continue;
      ++chosen_rows;
      for (Index j = 0; j < wide; ++j) {
        if (!keeps(columns, j)) continue;
        const std::byte* at = values.bytes().data() + static_cast<std::size_t>(i * wide + j) * cell;
        chosen.insert(chosen.end(), at, at + cell);
      }
    }
    if (chosen_rows > 0) {
      start[0] = static_cast<hsize_t>(written);
      size.assign(extent.begin(), extent.end());
      size[0] = static_cast<hsize_t>(chosen_rows);
      H5Sselect_hyperslab(target_space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
      const Hdf5Handle write_space(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
      if (H5Dwrite(target.id(), memory.id(), write_space.id(), target_space.id(), H5P_DEFAULT, chosen.data()) < 0) {
        throw SystemError(to_.path() + ": " + path + ": cannot be written; is the disk full?");
      }
      written += chosen_rows;
    }
  }
}

void H5adCarrier::carry_sparse(const std::string& path, const Mask& rows, const Mask& columns) {
  const bool by_rows = layout::storage_of(from_, path) == layout::Storage::csr;
  if (rows.empty() && columns.empty()) {
    copy_whole(path);
    if (from_.string_attribute(path, "encoding-type").empty()) {
      layout::mark(to_, path, by_rows ? "csr_matrix" : "csc_matrix", "0.1.0");
      to_.set_attribute(path, "shape", layout::shape_of(from_, path));
    }
    return;
  }
  const auto shape = layout::shape_of(from_, path);
  const Mask& major_mask = by_rows ? rows : columns;
  const Mask& minor_mask = by_rows ? columns : rows;
  const Index major = by_rows ? shape[0] : shape[1], minor = by_rows ? shape[1] : shape[0];
  std::vector<Index> new_minor(static_cast<std::size_t>(minor), -1);
  for (Index j = 0, next = 0; j < minor; ++j) {
    if (keeps(minor_mask, j)) new_minor[static_cast<std::size_t>(j)] = next++;
  }
  const auto indptr = from_.read<Index>(path + "/indptr");
  if (static_cast<Index>(indptr.size()) != major + 1) {
    throw InputError(from_.path(), path + "/indptr", "does not fit the shape", "write the file again");
  }
  // What is kept is counted first, so that the new arrays can be made in their final length.
  const auto for_each_kept = [&](auto take) {
    for (Index i = 0; i < major; ++i) {
      if (!keeps(major_mask, i)) continue;
      const Index first = indptr[static_cast<std::size_t>(i)], count = indptr[static_cast<std::size_t>(i) + 1] - first;
      take(from_.read_rows<Index>(path + "/indices", first, count), first, count);
    }
  };
  std::vector<Index> offsets = {0};
  for_each_kept([&](const std::vector<Index>& indices, Index, Index) {
    offsets.push_back(offsets.back() + std::count_if(indices.begin(), indices.end(), [&](Index j) {
                        return new_minor.at(static_cast<std::size_t>(j)) >= 0;
                      }));
  });

  to_.make_group(path);
  layout::mark(to_, path, by_rows ? "csr_matrix" : "csc_matrix", "0.1.0");
  to_.set_attribute(path, "shape", std::vector<Index>{kept(rows, shape[0]), kept(columns, shape[1])});
  to_.write(path + "/indptr", offsets);
  const Hdf5Handle source(H5Dopen2(from_.id(), (path + "/data").c_str(), H5P_DEFAULT), H5Dclose);
  const Hdf5Handle stored(H5Dget_type(source.id()), H5Tclose);
  const auto kind = from_.shape(path + "/data").kind;
  const bool real = kind == Hdf5Kind::real;
  to_.make_dataset(path + "/data", stored.id(), {offsets.back()});
  to_.make_dataset(path + "/indices", minor < (Index{1} << 31) ? H5T_NATIVE_INT32 : H5T_NATIVE_INT64, {offsets.back()});
  std::vector<Index> out_indices, out_whole;
  std::vector<double> out_real;
  Index written = 0;
  const auto flush = [&] {
    const auto count = static_cast<Index>(out_indices.size());
    to_.write_rows<Index>(path + "/indices", written, count, out_indices);
    if (real)
      to_.write_rows<double>(path + "/data", written, count, out_real);
    else if (kind == Hdf5Kind::boolean)
      to_.write_rows<std::uint8_t>(path + "/data", written, count,
                                   std::vector<std::uint8_t>(out_whole.begin(), out_whole.end()));
    else
      to_.write_rows<Index>(path + "/data", written, count, out_whole);
    written += count;
    out_indices.clear();
    out_real.clear();
    out_whole.clear();
  };
  for_each_kept([&](const std::vector<Index>& indices, Index first, Index count) {
    // float64 holds every real, int64 every integer that a matrix stores.
    const auto reals = real ? from_.read_rows<double>(path + "/data", first, count) : std::vector<double>{};
    const auto wholes = real ? std::vector<Index>{} : from_.read_rows<Index>(path + "/data", first, count);
    for (std::size_t k = 0; k < indices.size(); ++k) {
      const Index j = new_minor.at(static_cast<std::size_t>(indices[k]));
      if (j < 0) continue;
      out_indices.push_back(j);
      if (real)
        out_real.push_back(reals[k]);
      else
        out_whole.push_back(wholes[k]);
    }
    if (static_cast<Index>(out_indices.size()) * 16 > piece_bytes) flush();
  });
  flush();
}

}  // namespace replearn::io
