#include "io/anndata/h5ad_skeleton.hpp"

#include <algorithm>

#include "io/anndata/h5ad_layout.hpp"

namespace replearn::io {

void H5adSkeleton::carry(H5adCarrier* carrier, const Hdf5File* base) {
  write_table("obs", Axis::obs, carrier, base);
  write_table("var", Axis::var, carrier, base);
  if (carrier) {
    carrier->carry_file();
  } else {
    for (const auto& name : layout::dictionaries) layout::make_dictionary(file_, name);
  }
  layout::mark(file_, "/", "anndata", "0.1.0");
}

void H5adSkeleton::carry_more(H5adCarrier& carrier) {
  for (const auto& [name, axis] : {std::pair("obs", Axis::obs), std::pair("var", Axis::var)}) {
    auto columns = layout::columns_of(file_, name);
    for (auto& added : carrier.carry_further_columns(name, axis)) columns.push_back(std::move(added));
    layout::mark_dataframe(file_, name, layout::index_of(file_, name), columns);
  }
  carrier.carry_file();
}

void H5adSkeleton::write_table(const std::string& name, Axis axis, H5adCarrier* carrier, const Hdf5File* base) {
  const auto& whole = axis == Axis::obs ? parts_.obs : parts_.var;
  const auto& added = axis == Axis::obs ? parts_.obs_columns : parts_.var_columns;
  if (whole) {
    Annotations table = *whole;
    for (const auto& [column, values] : added) table.set(column, values);
    return layout::write_dataframe(file_, name, table);
  }
  auto columns = carrier->carry_columns(name, axis);
  for (const auto& [column, values] : added) {
    layout::write_column(file_, name + "/" + column, values);
    columns.push_back(column);
  }
  layout::mark_dataframe(file_, name, layout::index_of(*base, name), columns);
}

void H5adSkeleton::write_uns() {
  for (const auto& [name, value] : parts_.uns) {
    // "a/b" belongs to the dictionary a, which may have been copied already.
    for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      const std::string above = "uns/" + name.substr(0, slash);
      if (!file_.exists(above)) layout::make_dictionary(file_, above);
    }
    layout::write_value(file_, "uns/" + name, value);
  }
}

void H5adSkeleton::make_dense(const std::string& element, const std::vector<Index>& extent) {
  make_array(file_, element, H5T_NATIVE_FLOAT, extent, compression_);
  layout::mark(file_, element, "array", "0.2.0");
}

void H5adSkeleton::make_sparse(const std::string& element, Index rows, Index columns) {
  const Index stored = stored_.at(element);
  file_.make_group(element);
  layout::mark(file_, element, "csr_matrix", "0.1.0");
  file_.set_attribute(element, "shape", std::vector<Index>{rows, columns});
  make_array(file_, element + "/data", H5T_NATIVE_FLOAT, {stored}, compression_);
  // One type for both: SciPy cannot convert matrices whose indices and indptr differ in type.
  const auto type = std::max(columns, stored) < (Index{1} << 31) ? H5T_NATIVE_INT32 : H5T_NATIVE_INT64;
  make_array(file_, element + "/indices", type, {stored}, compression_);
  make_array(file_, element + "/indptr", type, {rows + 1}, compression_);
}

void H5adSkeleton::add() {
  write_uns();
  for (const auto& [element, frames] : parts_.frames) {  // a rank's rows of different frames are not adjacent
    file_.make_dataset(element, H5T_NATIVE_FLOAT, frames.extent());
    layout::mark(file_, element, "array", "0.2.0");
  }
  for (const auto& [element, matrix] : parts_.varm) {
    file_.write<float>(element, std::span<const float>(matrix->data(), static_cast<std::size_t>(matrix->size())),
                       {matrix->rows(), matrix->cols()});
    layout::mark(file_, element, "array", "0.2.0");
  }
  for (const auto& [element, matrix] : parts_.obsm) make_dense(element, {matrix->rows(), matrix->columns()});
  for (const auto& [element, array] : parts_.computed) make_dense(element, array.extent);
  for (const auto& [element, graph] : parts_.graphs) make_sparse(element, graph->rows(), graph->rows());
  for (const auto& [element, matrix] : parts_.matrices) {
    if (stored_.contains(element))
      make_sparse(element, matrix->rows(), matrix->columns());
    else
      make_dense(element, {matrix->rows(), matrix->columns()});
  }
}

}  // namespace replearn::io
