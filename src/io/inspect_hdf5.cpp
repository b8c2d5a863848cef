#include "io/inspect_hdf5.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/log.hpp"
#include "io/anndata/h5ad_layout.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/tenx/tenx.hpp"

namespace replearn::io {
namespace {

std::string joined(const std::vector<std::string>& parts, const std::string& between = ", ") {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string compression_text(const Hdf5Shape& shape) {
  return shape.compression.empty() ? "not compressed" : shape.compression;
}

/// Encoding of an element: the current attribute of anndata, or the one implied by its older attribute.
std::string encoding(const Hdf5File& file, const std::string& element) {
  if (const auto type = file.string_attribute(element, "encoding-type"); !type.empty()) return type;
  if (const auto format = file.string_attribute(element, "h5sparse_format"); !format.empty()) return format + "_matrix";
  return "";
}

/// Length of a dataframe's index, in the current form (a group) or that before 0.7 (a compound dataset); -1 if there is
/// none.
Index table_length(const Hdf5File& file, const std::string& table) {
  if (file.is_group(table)) return layout::count_names(file, table);
  if (!file.is_dataset(table)) return -1;
  const auto extent = file.shape(table).extent;
  return extent.empty() ? -1 : extent[0];
}

std::string matrix_text(const Hdf5File& file, const std::string& element) {
  if (file.is_dataset(element)) {
    const auto shape = file.shape(element);
    return (shape.extent.size() == 2 ? "dense, " : "") + extent_text(shape.extent) + ", " + shape.type_name() + ", " +
           compression_text(shape);
  }
  const auto type = encoding(file, element);
  const bool has_shape = file.has_attribute(element, "shape") || file.has_attribute(element, "h5sparse_shape");
  if (has_shape && file.is_dataset(element + "/data")) {
    const auto extent = layout::shape_of(file, element);
    const auto shape = file.shape(element + "/data");
    return type + ", " + extent_text(extent) + ", " + stored_text(shape.size(), extent[0], extent[1]) +
           " values stored, " + shape.type_name() + ", " + compression_text(shape);
  }
  return type.empty() ? "a group" : type;
}

std::string column_text(const Hdf5File& file, const std::string& table, const std::string& name) {
  const auto column = table + "/" + name;
  const auto categories_text = [&](const std::string& categories) {
    return "categorical, " + std::to_string(file.shape(categories).size()) + " categories";
  };
  if (file.is_dataset(column)) {
    const auto old_categories = table + "/__categories/" + name;  // anndata 0.7
    if (file.is_dataset(old_categories)) return categories_text(old_categories);
    return file.shape(column).type_name();
  }
  if (file.is_dataset(column + "/categories")) return categories_text(column + "/categories");
  const auto type = encoding(file, column);
  return type.empty() ? "a group" : type;
}

void add_table(const Hdf5File& file, const std::string& table, std::vector<std::string>& lines) {
  if (file.is_dataset(table)) {
    lines.push_back(table + ": a compound dataset, as anndata wrote before 0.7");
    return;
  }
  const auto columns =
      file.has_attribute(table, "column-order") ? layout::columns_of(file, table) : std::vector<std::string>{};
  lines.push_back(table + " columns:" + (columns.empty() ? " none" : ""));
  for (const auto& name : columns) lines.push_back("  " + name + ": " + column_text(file, table, name));
}

void add_matrices(const Hdf5File& file, const std::string& group, std::vector<std::string>& lines) {
  const auto names = file.children(group);
  if (names.empty()) return;
  lines.push_back(group + ":");
  for (const auto& name : names) lines.push_back("  " + name + ": " + matrix_text(file, group + "/" + name));
}

void add_tenx(const Hdf5File& file, const std::string& genome, std::vector<std::string>& lines) {
  const auto matrix = find_tenx_matrix(file, genome);
  const auto data = file.shape(matrix.dataset("data"));
  lines.push_back(matrix.version_3 ? "version: 3" : "version: 2, genome " + matrix.group);
  lines.push_back(shape_line(matrix.cells, matrix.genes));
  lines.push_back("stored values: " + stored_text(matrix.stored, matrix.cells, matrix.genes) + ", " + data.type_name() +
                  ", " + compression_text(data));
  lines.push_back("indices: " + file.shape(matrix.dataset("indices")).type_name() +
                  ", indptr: " + file.shape(matrix.dataset("indptr")).type_name());
  const auto barcodes = file.read_strings(matrix.dataset("barcodes"), 0, std::min<Index>(3, matrix.cells));
  lines.push_back("obs names: " + joined(barcodes) + (matrix.cells > 3 ? ", ..." : ""));
  const auto var = read_tenx_features(file, matrix);
  auto unique = var.names;
  const Index twice = make_unique(unique);
  lines.push_back("var names: gene symbols, " + std::to_string(twice) + " of them repeated");
  lines.push_back("var columns:");
  for (const auto& [name, column] : var.columns) {
    const auto* categorical = std::get_if<Categorical>(&column);
    lines.push_back("  " + name + ": " + (categorical ? "categorical, " + joined(categorical->categories) : "string"));
  }
}

}  // namespace

std::string shape_line(Index rows, Index columns) {
  return "rows x columns: " + std::to_string(rows) + " x " + std::to_string(columns) + " (cells x genes)";
}

std::string stored_text(Index stored, Index rows, Index columns) {
  const double places = static_cast<double>(rows) * static_cast<double>(columns);
  return std::to_string(stored) +
         fmt::format(" ({:.3g} %)", places > 0 ? 100 * static_cast<double>(stored) / places : 0);
}

std::vector<std::string> inspect_h5ad(const std::string& path) {
  const auto file = Hdf5File::open(path);
  std::vector<std::string> lines;
  const auto version = file.string_attribute("/", "encoding-version");
  lines.push_back(version.empty() ? "encoding: not given (anndata before 0.8)"
                                  : "encoding: " + file.string_attribute("/", "encoding-type") + " " + version);
  if (const Index rows = table_length(file, "obs"), columns = table_length(file, "var"); rows >= 0 && columns >= 0) {
    lines.push_back(shape_line(rows, columns));
  }
  lines.push_back("X: " + (file.exists("X") ? matrix_text(file, "X") : "none"));
  add_matrices(file, "layers", lines);
  add_table(file, "obs", lines);
  add_table(file, "var", lines);
  for (const char* group : {"obsm", "varm", "obsp", "varp"}) add_matrices(file, group, lines);
  if (const auto names = file.children("uns"); !names.empty()) lines.push_back("uns: " + joined(names));
  if (file.exists("raw/X")) {
    lines.push_back("raw/X: " + matrix_text(file, "raw/X"));
    add_table(file, "raw/var", lines);
  }
  return lines;
}

std::vector<std::string> inspect_tenx(const std::string& path, const std::string& genome) {
  const auto file = Hdf5File::open(path);
  std::vector<std::string> lines;
  const auto genomes = tenx_genomes(file);
  if (genomes.empty() || !genome.empty()) {
    add_tenx(file, genome, lines);
  } else {
    for (const auto& each : genomes) add_tenx(file, each, lines);
  }
  return lines;
}

}  // namespace replearn::io
