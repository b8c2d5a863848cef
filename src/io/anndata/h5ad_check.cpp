#include "io/anndata/h5ad_check.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/anndata/compressed_matrix.hpp"
#include "io/anndata/h5ad_carry.hpp"
#include "io/anndata/h5ad_elements.hpp"
#include "io/anndata/h5ad_layout.hpp"
#include "io/hdf5/hdf5_filters.hpp"
#include "io/text/compressed_file.hpp"

namespace replearn::io {
namespace {

constexpr Index numbers_per_read = Index{1} << 20;

/// Properties of obs or var, determined once, since a file may have thousands of columns.
struct Table {
  std::string name;
  std::optional<Index>
      names;  ///< number of names; none if it is not a table or declares more names than the file can hold
  std::set<std::string> columns;  ///< their paths
};

Table table_of(const Hdf5File& file, const std::string& name) {
  Table table{name, {}, {}};
  if (!file.is_group(name)) return table;
  for (const auto& column : layout::columns_of(file, name)) table.columns.insert(name + "/" + column);
  // An impossible number of names is reported by the reader.
  const Index names = layout::count_names(file, name);
  if (file.stored_bytes(name) >= names / max_inflation) table.names = names;
  return table;
}

void check_sparse(const Hdf5File& file, const std::string& path, const Table& obs, const Table& var) {
  const auto matrix = CompressedMatrix::of_element(file, path);
  const auto shape = layout::shape_of(file, path);
  const Cut axes = axes_at(path);
  const Axis named[] = {axes.rows, axes.columns};
  for (std::size_t i = 0; i < 2; ++i) {
    if (named[i] == Axis::none) continue;
    const Table& table = named[i] == Axis::obs ? obs : var;
    if (!table.names || shape[i] == *table.names) continue;
    Hdf5Origin{file.path(), path}.refuse("its shape is " + extent_text(shape) + ", but " + table.name + " has " +
                                             std::to_string(*table.names) + " names",
                                         "the matrix is damaged: write the file again, or without it");
  }
  if (!can_decode(matrix.indptr_dataset().id())) return;
  for (Index begin = 0; begin == 0 || begin < matrix.major(); begin += numbers_per_read) {
    matrix.offsets(begin, std::min(numbers_per_read, matrix.major() - begin));
  }
}

void check_codes(const Hdf5File& file, const std::string& path, const Table& obs, const Table& var) {
  const auto codes = file.dataset_at(path + "/codes");
  const std::string categories = path + "/categories";
  const auto texts = file.dataset_at(file.is_group(categories) ? categories + "/values" : categories);
  texts.require_vector();
  codes.require_vector();
  for (const Table* table : {&obs, &var}) {
    if (table->names && table->columns.contains(path)) codes.require_length(*table->names);
  }
  if (!can_decode(codes.id())) return;
  const Index rows = codes.shape().extent[0];
  codes.require_room(std::min(numbers_per_read, rows), sizeof(std::int32_t));
  std::vector<std::int32_t> room(std::min(numbers_per_read, rows));
  for (Index begin = 0; begin < rows; begin += numbers_per_read) {
    const Index count = std::min(numbers_per_read, rows - begin);
    const auto part = std::span(room).first(static_cast<std::size_t>(count));
    codes.read_into(codes.rows(begin, count), part);
    layout::require_codes(codes, part, begin, texts.shape().extent[0]);
  }
}

}  // namespace

void check_carried(const Hdf5File& file, const std::function<bool(const std::string&)>& replaced) {
  const std::string records = records_of_jobs;
  if (file.exists(records) && !file.is_group(records)) {
    Hdf5Origin{file.path(), records}.refuse("is an array where a group is expected: results are recorded there",
                                            "rename it, or remove it");
  }
  const Table obs = table_of(file, "obs"), var = table_of(file, "var");
  for (const auto& path : file.groups()) {
    if (replaced && holds_at_or_above(path, replaced)) continue;
    if (layout::is_sparse(file, path))
      check_sparse(file, path, obs, var);
    else if (file.string_attribute(path, "encoding-type") == "categorical")
      check_codes(file, path, obs, var);
  }
}

}  // namespace replearn::io
