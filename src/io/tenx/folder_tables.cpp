#include <algorithm>
#include <cctype>
#include <set>

#include "base/error.hpp"
#include "io/names.hpp"
#include "io/tables/column_types.hpp"
#include "io/tables/fields.hpp"
#include "io/tables/table_names.hpp"
#include "io/tenx/tenx_folder.hpp"
#include "io/text/compressed_file.hpp"
#include "io/text/text_file.hpp"

namespace replearn::io {
namespace {

using Fields = std::vector<std::string>;

/// Lines of a table of names, without blank lines at its ends.
struct Lines {
  std::string path;
  std::vector<Fields> rows;
  Index first_line = 1;  ///< of rows[0] in the file
  Fields header;         ///< column names, one per field, once a header has been recognized; else empty

  Index count() const { return static_cast<Index>(rows.size()); }
};

bool blank(const Fields& fields) {
  return std::all_of(fields.begin(), fields.end(),
                     [](const auto& field) { return field.find_first_not_of(" \t\r") == std::string::npos; });
}

Lines read_lines(const std::string& path) {
  Lines table{path, {}, 1, {}};
  TextLines lines(path, TextEncoding::found);
  char separator = '\t';
  for (std::string_view line; lines.next(line);) {
    if (table.rows.empty()) {
      const bool comma = without_compression_extension(path).ends_with(".csv");
      if (comma && line.find('\t') == std::string_view::npos) separator = ',';
      table.first_line = lines.line_number();
    }
    auto fields = split_fields(line, separator);
    if (table.rows.empty() && blank(fields)) continue;
    table.rows.push_back(std::move(fields));
  }
  while (!table.rows.empty() && blank(table.rows.back())) table.rows.pop_back();
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (!blank(table.rows[i])) continue;
    throw InputError(path, line_place(table.first_line + static_cast<Index>(i)), "there is no name", "remove the line");
  }
  return table;
}

const std::set<std::string> type_words = {"feature_type", "feature_types", "type"};
const std::set<std::string> cell_words = {"barcode",      "barcodes", "cell",      "cells", "cell_id",
                                          "cell_barcode", "bc_wells", "cell_name", "index", "x"};

bool says_names(const std::string& field) {
  const auto word = lower_case(field);
  return gene_column(field) != GeneColumn::none || type_words.contains(word) || cell_words.contains(word);
}

/// Whether the first line is a header, by its words or in R's style. One excess line alone is not sufficient.
bool has_header(const Lines& table) {
  if (table.count() < 2) return false;
  const Fields& first = table.rows[0];
  return std::any_of(first.begin(), first.end(), says_names) || first.front().empty() ||
         first.size() + 1 == table.rows[1].size();
}

/// Whether the first column is a row number, as written by R's write.table and write.csv.
bool numbers_rows(const std::vector<Fields>& rows) {
  Index number = 0;
  return rows.size() > 1 && std::all_of(rows.begin(), rows.end(), [&](const auto& fields) {
           return fields.size() > 1 && fields[0] == std::to_string(++number);
         });
}

/// Uses the first line as column names.
void take_header(Lines& table) {
  Fields header = std::move(table.rows.front());
  table.rows.erase(table.rows.begin());
  ++table.first_line;
  if (!table.rows.empty() && header.size() + 1 == table.rows.front().size()) header.insert(header.begin(), "");
  table.header = std::move(header);
}

void drop_row_numbers(Lines& table) {
  if (!numbers_rows(table.rows)) return;
  for (auto& fields : table.rows) fields.erase(fields.begin());
  if (table.header.size() > 1) table.header.erase(table.header.begin());
}

/// Position of the first header among these words; -1 if none.
Index place_of(const Fields& header, const std::set<std::string>& words) {
  const auto at =
      std::find_if(header.begin(), header.end(), [&](const auto& name) { return words.contains(lower_case(name)); });
  return at == header.end() ? -1 : at - header.begin();
}

Fields column(const Lines& table, Index place) {
  Fields values;
  values.reserve(table.rows.size());
  for (const auto& fields : table.rows) {
    values.push_back(place >= 0 && place < static_cast<Index>(fields.size()) ? fields[place] : std::string());
  }
  return values;
}

void require_names(const Fields& names, const Lines& table, const char* what) {
  const auto at = std::find(names.begin(), names.end(), "");
  if (at == names.end()) return;
  throw InputError(table.path, line_place(table.first_line + (at - names.begin())), std::string("there is no ") + what,
                   "remove the line, or write the name");
}

/// Adds the named columns not yet used.
void keep_others(const Lines& table, const std::set<Index>& taken, Annotations& into) {
  for (Index place = 0; place < static_cast<Index>(table.header.size()); ++place) {
    const auto& name = table.header[place];
    if (!taken.contains(place) && !name.empty() && !into.find(name)) into.set(name, typed_column(column(table, place)));
  }
}

Annotations cells_of(Lines& table, const Log& log) {
  drop_row_numbers(table);
  Annotations obs;
  const Index place = std::max<Index>(0, place_of(table.header, cell_words));
  obs.names = column(table, place);
  require_names(obs.names, table, "barcode");
  keep_others(table, {place}, obs);
  make_names_valid(obs.names, table.path, log);
  make_cells_unique(obs.names, log);
  return obs;
}

/// A BED line chr1 100 200 becomes the peak name chr1:100-200.
void join_peaks(Lines& table) {
  if (!without_compression_extension(table.path).ends_with(".bed")) return;
  for (auto& fields : table.rows) {
    if (fields.size() >= 3) fields = {fields[0] + ":" + fields[1] + "-" + fields[2]};
  }
}

Annotations genes_of(Lines& table, const std::string& symbols_path, Index& repeated, const Log& log) {
  drop_row_numbers(table);
  join_peaks(table);
  auto [id, symbol] = find_gene_columns(table.header);
  Index type = place_of(table.header, type_words);
  if (id < 0 && symbol < 0) {
    id = 0;
    symbol = 1;
    if (type < 0 && table.header.empty()) type = 2;
  }
  if (id < 0) id = symbol;
  Annotations var;
  Fields ids = column(table, id);
  var.names = column(table, symbol);
  if (!symbols_path.empty()) {
    const Lines symbols = read_lines(symbols_path);
    if (symbols.count() != table.count()) {
      throw InputError(
          symbols_path, "",
          "has " + std::to_string(symbols.count()) + " lines, but " + table.path + " " + std::to_string(table.count()),
          "take both files from one run");
    }
    var.names = column(symbols, 0);
  }
  for (std::size_t j = 0; j < ids.size(); ++j) {
    if (var.names[j].empty()) var.names[j] = ids[j];
    if (ids[j].empty()) ids[j] = var.names[j];
  }
  require_names(var.names, table, "gene");
  make_names_valid(var.names, table.path, log);
  make_names_valid(ids, table.path, Log());
  var.set("gene_ids", std::move(ids));
  const Fields types = column(table, type);
  if (!blank(types)) var.set("feature_types", to_categorical(types));
  keep_others(table, {id, symbol, type}, var);
  repeated = make_genes_unique(var.names, log);
  return var;
}

}  // namespace

FolderTables read_folder_tables(const TenxFolder& folder, const MatrixMarketHeader& header, const Log& log) {
  Lines barcodes = read_lines(folder.barcodes), features = read_lines(folder.features);
  const auto fits = [&](Index cells, Index genes, CellAxis axis) {
    return axis == CellAxis::columns ? header.rows == genes && header.columns == cells
                                     : header.rows == cells && header.columns == genes;
  };
  // One excess line that also looks like a header is a header.
  for (const Index headers : {0, 1, 2, 3}) {
    const Index of_cells = headers & 1, of_genes = headers >> 1;
    if ((of_cells && !has_header(barcodes)) || (of_genes && !has_header(features))) continue;
    const Index cells = barcodes.count() - of_cells, genes = features.count() - of_genes;
    for (const auto axis : {CellAxis::columns, CellAxis::rows}) {
      if (!fits(cells, genes, axis)) continue;
      if (of_cells) take_header(barcodes);
      if (of_genes) take_header(features);
      FolderTables tables;
      tables.cells = axis;
      tables.obs = cells_of(barcodes, log);
      tables.var = genes_of(features, folder.symbols, tables.repeated_genes, log);
      return tables;
    }
  }
  const bool features_fit = features.count() == header.rows || features.count() == header.columns;
  const Lines& wrong = features_fit ? barcodes : features;
  const bool named = has_header(wrong);
  throw InputError(wrong.path, "",
                   "the table has " + std::to_string(wrong.count()) + " lines" +
                       (named ? " (the first of column names)" : "") + ", but " + folder.matrix + " has " +
                       std::to_string(header.rows) + " rows (genes) and " + std::to_string(header.columns) +
                       " columns (cells)",
                   "take the three files from one run");
}

}  // namespace replearn::io
