#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "io/anndata/loom.hpp"
#include "io/input.hpp"
#include "io/inspect_hdf5.hpp"
#include "io/numpy/numpy_file.hpp"
#include "io/tables/delimited.hpp"
#include "io/tables/fields.hpp"
#include "io/tenx/tenx_folder.hpp"
#include "io/text/text_file.hpp"

namespace replearn::io {
namespace {

std::string name_and_size(const std::string& path) {
  const TextFile file(path);
  return std::filesystem::path(path).filename().string() + " (" + bytes_text(static_cast<double>(file.file_bytes())) +
         (file.compressed() ? ", gzip)" : ")");
}

std::string examples(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, names.size()); ++i) text += (i ? ", " : "") + names[i];
  return text + (names.size() > 3 ? ", ..." : "");
}

std::vector<std::string> inspect_tenx_folder(const std::string& path, const InputOptions& options) {
  const auto folder = find_tenx_folder(path, options);
  const auto header = read_matrix_market_header(folder.matrix);
  const auto [obs, var, cells, repeated_genes] = read_folder_tables(folder, header, Log());
  std::vector<std::string> lines{
      "files: " + name_and_size(folder.matrix) + ", " + name_and_size(folder.barcodes) + ", " +
          name_and_size(folder.features),
      shape_line(obs.size(), var.size()),
      "stored values: " + stored_text(header.entries, obs.size(), var.size()) + ", " + to_string(header.field),
      std::string("orientation: cells are ") + (cells == CellAxis::columns ? "columns" : "rows") + " of the file",
      "obs names: " + examples(obs.names),
      "var names: " + examples(var.names),
  };
  if (repeated_genes > 0) lines.push_back(std::to_string(repeated_genes) + " gene names occur more than once");
  lines.push_back("var columns:");
  for (const auto& [name, column] : var.columns) {
    const auto* categorical = std::get_if<Categorical>(&column);
    const bool strings = std::holds_alternative<std::vector<std::string>>(column);
    lines.push_back("  " + name + ": " +
                    (categorical ? "categorical, " + std::to_string(categorical->categories.size()) + " categories (" +
                                       examples(categorical->categories) + ")"
                                 : (strings ? "strings" : "numbers")));
  }
  return lines;
}

/// Number of rows below the header, or -1 if counting would take too long.
Index count_rows(const std::string& path, Index offset) {
  constexpr Index max_plain = Index{256} << 20, max_gzip = Index{16} << 20;
  TextFile file(path, TextEncoding::found);
  if (file.file_bytes() > (file.compressed() ? max_gzip : max_plain)) return -1;
  std::string block(1 << 20, '\0');
  file.read(block.data(), 0);
  Index rows = 0, at = 0;
  bool filled = false;  // the current line is not empty
  while (const Index got = file.read(block.data(), static_cast<Index>(block.size()))) {
    for (Index i = std::max<Index>(0, offset - at); i < got; ++i) {
      const char c = block[i];
      if (c == '\n') {
        rows += filled;
        filled = false;
      } else {
        filled = filled || (c != ' ' && c != '\t' && c != '\r');
      }
    }
    at += got;
  }
  return rows + filled;
}

std::vector<std::string> inspect_delimited(const std::string& path, const InputOptions& options) {
  const auto layout = find_layout(path, options);
  const Index rows = count_rows(path, layout.offset);
  const std::string lines_text = rows < 0 ? "not counted" : std::to_string(rows);
  const std::string columns_text = std::to_string(layout.columns);
  std::vector<std::string> lines{
      "file: " + name_and_size(path),
      "layout: " + describe(layout),
      layout.transpose ? "rows x columns: " + columns_text + " x " + lines_text + " (rows of the file are genes)"
                       : "rows x columns: " + lines_text + " x " + columns_text + " (rows of the file are cells)",
      "stored values: all (dense), text, read as float32",
  };
  if (layout.header) lines.push_back("column names: " + examples(layout.column_names));
  for (const auto& note : layout.notes) lines.push_back("note: " + note);
  return lines;
}

}  // namespace

std::vector<std::string> inspect(const std::string& path, const InputOptions& options) {
  const Format format = detect_format(path);
  check_options(path, format, options);
  std::vector<std::string> lines{"format: " + to_string(format)};
  std::vector<std::string> more;
  switch (format) {
    case Format::loom:
      more = inspect_loom(path);
      break;
    case Format::old_anndata:
    case Format::h5ad:
      more = inspect_h5ad(path);
      break;
    case Format::tenx_h5:
      more = inspect_tenx(path, options.genome);
      break;
    case Format::matrix_market:
      more = inspect_tenx_folder(path, options);
      break;
    case Format::numpy:
      more = inspect_numpy(path);
      break;
    case Format::delimited:
      more = inspect_delimited(path, options);
      break;
  }
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

}  // namespace replearn::io
