// Implements hdf5_file.hpp: writing datasets and groups.
#include <algorithm>
#include <numeric>

#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {
namespace {

Hdf5Handle space_of(const std::vector<Index>& extent) {
  if (extent.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  const std::vector<hsize_t> dimensions(extent.begin(), extent.end());
  return {H5Screate_simple(static_cast<int>(dimensions.size()), dimensions.data(), nullptr), H5Sclose};
}

/// Divides the rows [begin, begin + count) of a dataset into pieces that MPI-IO accepts: piece(file space, memory
/// space, first row, rows).
template <class Piece>
void in_row_pieces(hid_t file_space, Index begin, Index count, std::size_t element_bytes, Piece piece) {
  const auto extent = extent_of(file_space);
  if (extent.empty()) return piece(H5S_ALL, H5S_ALL, Index{0});
  std::vector<hsize_t> start(extent.size(), 0), size(extent.begin(), extent.end());
  size[0] = 1;
  const Index row_bytes = static_cast<Index>(
      element_bytes * std::accumulate(size.begin(), size.end(), std::size_t{1}, std::multiplies<>()));
  const Index rows_per_piece = std::max<Index>(1, max_bytes_per_call / std::max<Index>(row_bytes, 1));
  for (Index done = 0; done < count; done += rows_per_piece) {
    start[0] = static_cast<hsize_t>(begin + done);
    size[0] = static_cast<hsize_t>(std::min(rows_per_piece, count - done));
    H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
    const Hdf5Handle memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
    piece(file_space, memory.id(), done * row_bytes);
  }
}

}  // namespace

Hdf5Handle create_intermediate_groups() {
  Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.id(), 1);
  return links;
}

void Hdf5File::make_group(const std::string& path) {
  const auto links = create_intermediate_groups();
  const Hdf5Handle group(H5Gcreate2(file_.id(), link_name(path).c_str(), links.id(), H5P_DEFAULT, H5P_DEFAULT),
                         H5Gclose);
  if (!group.ok()) fail(path, "cannot be made");
}

void Hdf5File::make_dataset(const std::string& dataset, hid_t type, const std::vector<Index>& extent) {
  const auto space = space_of(extent);
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY);
  // Every number is written later; variable-length strings must be filled, or HDF5 would follow invalid pointers.
  if (H5Tdetect_class(type, H5T_VLEN) <= 0 && H5Tis_variable_str(type) <= 0) {
    H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER);
  }
  const auto links = create_intermediate_groups();
  const Hdf5Handle object(
      H5Dcreate2(file_.id(), link_name(dataset).c_str(), type, space.id(), links.id(), creation.id(), H5P_DEFAULT),
      H5Dclose);
  if (!object.ok()) fail(dataset, "cannot be made");
}

Index Hdf5File::byte_offset(const std::string& dataset) const {
  const haddr_t offset = H5Dget_offset(open_dataset(dataset).id());
  if (offset == HADDR_UNDEF) fail(dataset, "has no file offset");
  return static_cast<Index>(offset);
}

void Hdf5File::write_values(const std::string& dataset, hid_t type, const void* values) {
  if (shape(dataset).size() == 0) return;
  const auto object = open_dataset(dataset);
  if (H5Dwrite(object.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) fail(dataset, "cannot be written");
}

void Hdf5File::write_from(const std::string& dataset, Index begin, Index count, hid_t type, const void* values,
                          std::size_t element_bytes) {
  if (count == 0) return;
  const auto object = open_dataset(dataset);
  const Hdf5Handle space(H5Dget_space(object.id()), H5Sclose), stored(H5Dget_type(object.id()), H5Tclose);
  const hid_t memory_type = is_h5py_bool(stored.id()) && element_bytes == 1 ? stored.id() : type;
  in_row_pieces(space.id(), begin, count, element_bytes, [&](hid_t file_space, hid_t memory_space, Index offset) {
    if (H5Dwrite(object.id(), memory_type, memory_space, file_space, H5P_DEFAULT,
                 static_cast<const char*>(values) + offset) < 0) {
      fail(dataset, "cannot be written");
    }
  });
}

void Hdf5File::write_box(const std::string& dataset, const ArrayBox& box, std::span<const float> values) {
  if (values.empty()) return;
  const auto object = open_dataset(dataset);
  const Hdf5Handle space(H5Dget_space(object.id()), H5Sclose);
  std::vector<hsize_t> start(box.begin.begin(), box.begin.end()), size(box.count.begin(), box.count.end());
  const Index rows = box.count[0], row_elements = static_cast<Index>(values.size()) / rows;
  const Index rows_per_piece =
      std::max<Index>(1, max_bytes_per_call / (row_elements * static_cast<Index>(sizeof(float))));
  for (Index done = 0; done < rows; done += rows_per_piece) {
    start[0] = static_cast<hsize_t>(box.begin[0] + done);
    size[0] = static_cast<hsize_t>(std::min(rows_per_piece, rows - done));
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
    const Hdf5Handle memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
    if (H5Dwrite(object.id(), H5T_NATIVE_FLOAT, memory.id(), space.id(), H5P_DEFAULT,
                 values.data() + done * row_elements) < 0) {
      fail(dataset, "cannot be written");
    }
  }
}

void Hdf5File::write_strings(const std::string& dataset, const std::vector<std::string>& values) {
  const auto type = hdf5_string_type();
  const std::vector<Index> extent = {static_cast<Index>(values.size())};
  make_dataset(dataset, type.id(), extent);
  const Hdf5Texts texts(values);
  write_values(dataset, type.id(), texts.data());
}

void Hdf5File::write_string(const std::string& dataset, const std::string& value) {
  const auto type = hdf5_string_type();
  make_dataset(dataset, type.id(), {});
  const Hdf5Texts text(value);
  write_values(dataset, type.id(), text.data());
}

void Hdf5File::write_bools(const std::string& dataset, const std::vector<std::uint8_t>& values) {
  const auto type = hdf5_bool_type();
  make_dataset(dataset, type.id(), {static_cast<Index>(values.size())});
  write_values(dataset, type.id(), values.data());
}

void Hdf5File::write_bool(const std::string& dataset, bool value) {
  const auto type = hdf5_bool_type();
  make_dataset(dataset, type.id(), {});
  const std::uint8_t byte = value;
  write_values(dataset, type.id(), &byte);
}

}  // namespace replearn::io
