#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "io/input.hpp"
#include "io/names.hpp"
#include "io/tables/column_types.hpp"
#include "io/tables/fields.hpp"
#include "io/text/text_file.hpp"

namespace replearn::io {
namespace {

/// A text table with named rows.
struct Table {
  std::vector<std::string> names;
  std::vector<std::string> column_names;
  std::vector<std::vector<std::string>> columns;
};

Table read_table(const std::string& path) {
  TextLines lines(path, TextEncoding::found);
  std::string_view line;
  Table table;
  lines.next(line);
  if (line.substr(0, 3) == "\xEF\xBB\xBF") line.remove_prefix(3);
  const char found = guess_separator(line), separator = found == '\0' ? ',' : found;
  auto header = split_fields(line, separator);
  std::size_t width = 0;
  while (lines.next(line)) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    auto fields = split_fields(line, separator);
    if (width == 0) {
      // R's write.table leaves out the name of the first column.
      width = fields.size();
      if (header.size() == width) header.erase(header.begin());
      table.column_names = std::move(header);
      table.columns.resize(table.column_names.size());
    }
    if (fields.size() != width || width != table.column_names.size() + 1) {
      throw InputError(path, line_place(lines.line_number()),
                       std::to_string(fields.size()) + " columns where there should be " +
                           std::to_string(table.column_names.size() + 1) + " as in the header",
                       "correct the line");
    }
    table.names.push_back(std::move(fields[0]));
    for (std::size_t j = 0; j + 1 < width; ++j) table.columns[j].push_back(std::move(fields[j + 1]));
  }
  if (table.columns.empty()) {
    throw InputError(path, "", "not a header, a column of names, at least one more column and a row",
                     "write a table (comma or tab) whose first column holds the names of the observations");
  }
  make_names_valid(table.names, path, Log());
  make_names_valid(table.column_names, path, Log());
  for (auto& column : table.columns) make_names_valid(column, path, Log());
  require_unique(table.names, path, "row ", 1);
  require_unique(table.column_names, path, "column ", 2);
  return table;
}

std::string examples(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) list += (i ? ", " : "") + in_quotes(names[i]);
  return list + (names.size() > most ? ", ..." : "");
}

/// Cell Ranger appends "-1" to barcodes, which many label tables omit.
std::string without_suffix(const std::string& name) {
  const auto dash = name.rfind('-');
  const bool digits = dash != std::string::npos && name.find_first_not_of("0123456789", dash + 1) == std::string::npos;
  return digits && dash + 1 < name.size() ? name.substr(0, dash) : name;
}

[[noreturn]] void nothing_matches(const std::string& path, const Annotations& obs, const Table& table) {
  std::string hint = "the first column of the table must hold the observations' names";
  std::unordered_set<std::string> bare;
  for (const auto& name : obs.names) bare.insert(without_suffix(name));
  for (const auto& name : table.names) {
    if (!bare.contains(without_suffix(name))) continue;
    hint = "they differ only in the suffix ('-1'): add it to the names in the table, or remove it";
    break;
  }
  throw InputError(path, "",
                   "no name in the table matches an observation: the table has " + examples(table.names) +
                       ", the observations are " + examples(obs.names),
                   hint);
}

}  // namespace

std::vector<std::string> join_obs(Annotations& obs, const std::string& table_path) {
  const Table table = read_table(table_path);
  std::unordered_map<std::string_view, std::size_t> row_of;
  for (std::size_t i = 0; i < table.names.size(); ++i) row_of.emplace(table.names[i], i);

  constexpr auto none = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> source;  // for each observation: its row of the table
  std::vector<std::string> unmatched;
  for (const auto& name : obs.names) {
    const auto found = row_of.find(name);
    source.push_back(found == row_of.end() ? none : found->second);
    if (found == row_of.end()) {
      unmatched.push_back(name);
    } else {
      row_of.erase(found);
    }
  }
  const auto matched = obs.names.size() - unmatched.size();
  if (matched == 0) nothing_matches(table_path, obs, table);

  std::string replaced;
  for (std::size_t j = 0; j < table.columns.size(); ++j) {
    std::vector<std::string> texts;
    for (const auto i : source) texts.push_back(i == none ? "" : table.columns[j][i]);
    if (obs.find(table.column_names[j])) replaced += (replaced.empty() ? "" : ", ") + table.column_names[j];
    obs.set(table.column_names[j], typed_column(texts));
  }

  std::vector<std::string> lines{table_path + ": " + std::to_string(matched) + " of " + std::to_string(obs.size()) +
                                 " observations found, " + std::to_string(table.columns.size()) + " columns joined"};
  if (!unmatched.empty()) {
    lines.push_back(std::to_string(unmatched.size()) +
                    " observations are missing from the table: " + examples(unmatched));
  }
  if (!row_of.empty()) {
    std::vector<std::string> unused;
    for (const auto& name : table.names) {
      if (row_of.contains(name)) unused.push_back(name);
    }
    lines.push_back(std::to_string(unused.size()) + " rows of the table match no observation: " + examples(unused));
  }
  if (!replaced.empty()) lines.push_back("replaced columns of obs: " + replaced);
  return lines;
}

}  // namespace replearn::io
