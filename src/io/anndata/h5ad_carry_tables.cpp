// The part of h5ad_carry.hpp that carries dataframes.
#include "base/error.hpp"
#include "io/anndata/h5ad_carry.hpp"
#include "io/anndata/h5ad_layout.hpp"

namespace replearn::io {

std::vector<std::string> H5adCarrier::carry_columns(const std::string& path, Axis rows) {
  copier_.note(path);
  copier_.make_group(path);
  copier_.copy_attributes(path);
  carry_column(path + "/" + layout::index_of(from_, path), rows);
  return carry_further_columns(path, rows);
}

std::vector<std::string> H5adCarrier::carry_further_columns(const std::string& path, Axis rows) {
  const std::string index = layout::index_of(from_, path);
  std::vector<std::string> names;
  for (const auto& name : layout::columns_of(from_, path)) {
    // SeuratDisk lists the index of raw/var among its columns.
    if (name == index || replaced_(path + "/" + name) || to_.exists(path + "/" + name)) continue;
    carry_column(path + "/" + name, rows);
    names.push_back(name);
  }
  // Not count_names: outside obs and var an index may be numeric.
  const std::string names_of_rows = path + "/" + index + (from_.is_group(path + "/" + index) ? "/values" : "");
  const auto rows_extent = from_.is_dataset(names_of_rows) ? from_.shape(names_of_rows).extent : std::vector<Index>{};
  for (const auto& name :
       from_.children(path)) {  // members that are not columns are kept, and filtered if they have one row per name
    const std::string other = path + "/" + name;
    if (name == index || name == "__categories" || replaced_(other) || to_.exists(other)) continue;
    const auto extent = from_.is_dataset(other) ? from_.shape(other).extent : std::vector<Index>{};
    const bool has_rows = !extent.empty() && !rows_extent.empty() && extent[0] == rows_extent[0];
    carry(other, has_rows ? Cut{rows} : Cut{});
  }
  return names;
}

void H5adCarrier::carry_column(const std::string& path, Axis rows) {
  const Cut cut = effective({rows});
  if (copier_.copy_link(path, cut.number())) return;
  if (from_.is_group(path)) {
    carry_parts(path, cut.rows);
  } else if (!from_.reference_attribute(path, "categories").empty()) {
    carry_old_categorical(path, cut.rows);
  } else {
    carry_dataset(path, cut);
  }
}

/// A categorical (codes, categories) or nullable (values, mask) column.
void H5adCarrier::carry_parts(const std::string& path, Axis rows) {
  copier_.make_group(path);
  copier_.copy_attributes(path);
  for (const auto& name : from_.children(path)) carry(path + "/" + name, name == "categories" ? Cut{} : Cut{rows});
}

/// Categories are read as strings; numeric categories of the old file replace them.
void H5adCarrier::carry_old_categorical(const std::string& path, Axis rows) {
  Column column = layout::read_column(from_, path);
  const auto& mask = masks_.of(rows);
  if (!mask.empty() && static_cast<Index>(mask.size()) != length(column)) {
    throw InputError(from_.path(), path, "does not have one row per name", "remove it from the input first");
  }
  if (!mask.empty()) column = select(column, mask);
  layout::write_column(to_, path, column);
  const auto old = from_.dataset_at(from_.reference_attribute(path, "categories"));
  if (old.shape().kind == Hdf5Kind::string) return;
  const std::string categories = path + "/categories";
  const auto values = old.read_raw(old.whole());
  if (H5Ldelete(to_.id(), to_.link_name(categories).c_str(), H5P_DEFAULT) < 0) {
    Hdf5Origin{to_.path(), categories, true}.fail("cannot be replaced");
  }
  to_.make_dataset(categories, old.type(), old.shape().extent);
  const auto written = to_.dataset_at(categories);
  if (H5Dwrite(written.id(), values.type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.bytes().data()) < 0) {
    Hdf5Origin{to_.path(), categories, true}.fail("cannot be written");
  }
  mark_dataset(categories);
}

}  // namespace replearn::io
