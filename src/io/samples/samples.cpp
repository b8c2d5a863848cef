#include "io/samples/samples.hpp"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "io/names.hpp"
#include "io/tables/column_types.hpp"
#include "io/tables/fields.hpp"
#include "io/text/text_file.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

bool is_there(const std::string& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return paths;
}

/// A sheet as a table of texts, with its header.
struct Sheet {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> columns;
};

/// Whether the file is a text table whose header begins with `path`.
bool is_sheet(const std::string& path) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed)) return false;
  if (!path.ends_with(".tsv") && !path.ends_with(".csv") && !path.ends_with(".txt")) return false;
  TextLines lines(path, TextEncoding::found);
  std::string_view line;
  if (!lines.next(line)) return false;
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  const char separator = guess_separator(line);
  return lower_case(std::string(trimmed(split_fields(line, separator == '\0' ? '\t' : separator)[0]))) == "path";
}

Sheet read_sheet(const std::string& path) {
  TextLines lines(path, TextEncoding::found);
  std::string_view line;
  lines.next(line);
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  const char found = guess_separator(line), separator = found == '\0' ? '\t' : found;
  Sheet sheet;
  for (const auto& name : split_fields(line, separator)) sheet.header.emplace_back(trimmed(name));
  require_unique(sheet.header, path, "column ", 1);
  sheet.columns.resize(sheet.header.size());
  while (lines.next(line)) {
    if (trimmed(line).empty()) continue;
    const auto fields = split_fields(line, separator);
    if (fields.size() != sheet.header.size()) {
      throw InputError(path, line_place(lines.line_number()),
                       std::to_string(fields.size()) + " columns where there should be " +
                           std::to_string(sheet.header.size()) + " as in the header",
                       "correct the line");
    }
    for (std::size_t j = 0; j < fields.size(); ++j) sheet.columns[j].emplace_back(trimmed(fields[j]));
  }
  if (sheet.columns[0].empty()) throw InputError(path, "", "names no file", "add a line for each sample");
  return sheet;
}

std::string beside(const std::string& sheet, const std::string& path) {
  if (fs::path(path).is_absolute()) return path;
  const auto candidate = (fs::path(sheet).parent_path() / path).string();
  return is_there(candidate) || !is_there(path) ? candidate : path;
}

/// "a" of runs/a/outs/matrix.h5 and runs/b/outs/matrix.h5: the parts of the paths that are not the same in all, without
/// extensions of formats.
std::vector<std::string> distinguishing_names(const std::vector<std::string>& paths) {
  std::vector<std::vector<std::string>> parts;
  std::size_t shortest = static_cast<std::size_t>(-1);
  for (const auto& path : paths) {
    parts.emplace_back();
    const auto normal = fs::path(path).lexically_normal();
    for (const auto& part : normal) {
      if (!part.empty()) parts.back().push_back(part.string());
    }
    shortest = std::min(shortest, parts.back().size());
  }
  for (auto& each : parts) {
    for (const char* extension : {".gz", ".h5ad", ".h5", ".loom", ".mtx", ".csv", ".tsv", ".txt", ".npy", ".npz"}) {
      auto& last = each.back();
      if (last.size() > std::string(extension).size() && last.ends_with(extension)) {
        last.resize(last.size() - std::string(extension).size());
      }
    }
  }
  std::vector<std::string> names(paths.size());
  for (std::size_t back = shortest; back > 0; --back) {  // counted from the ends, which correspond to each other
    const auto part = [&](std::size_t i) { return parts[i][parts[i].size() - back]; };
    bool same = true;
    for (std::size_t i = 1; i < parts.size(); ++i) same = same && part(i) == part(0);
    for (std::size_t i = 0; !same && i < parts.size(); ++i) names[i] += (names[i].empty() ? "" : "_") + part(i);
  }
  if (std::set<std::string>(names.begin(), names.end()).size() < names.size() || names.front().empty()) {
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = paths.size() == 1 ? parts[i].back() : std::to_string(i + 1);
  }
  return names;
}

void add_sheet(const std::string& path, SampleList& list, std::vector<std::string>& named) {
  const auto sheet = read_sheet(path);
  const std::size_t rows = sheet.columns[0].size();
  for (std::size_t i = 0; i < rows; ++i) list.samples.push_back({beside(path, sheet.columns[0][i]), ""});
  named.resize(list.samples.size() - rows);
  bool has_names = false;
  for (std::size_t j = 1; j < sheet.header.size(); ++j) {
    if (lower_case(sheet.header[j]) != "sample") continue;
    named.insert(named.end(), sheet.columns[j].begin(), sheet.columns[j].end());
    has_names = true;
  }
  if (!has_names) named.resize(list.samples.size());
  for (std::size_t j = 1; j < sheet.header.size(); ++j) {
    if (lower_case(sheet.header[j]) == "sample") continue;
    list.columns.emplace_back(sheet.header[j], typed_column(sheet.columns[j]));
  }
}

}  // namespace

SampleList find_samples(const std::vector<std::string>& names) {
  SampleList list;
  std::vector<std::string> named;  // by a sheet, else ""
  std::string whole;               // a path that contains commas is no list
  for (const auto& name : names) whole += (whole.empty() ? "" : ",") + name;
  const auto each = names.size() > 1 && is_there(whole) ? std::vector<std::string>{whole} : names;
  std::optional<std::string> sheet;
  for (const auto& name : each) {
    if (!is_there(name) && name.find_first_of("*?[") != std::string::npos) {
      auto paths = matches(name);
      for (auto& path : paths) list.samples.push_back({std::move(path), ""});
      if (!paths.empty()) continue;
    }
    if (is_sheet(name)) {
      if (each.size() > 1) {
        throw InputError(name, "--input", "is a sheet of samples among other inputs", "give it alone");
      }
      add_sheet(name, list, named);
      sheet = name;
      continue;
    }
    list.samples.push_back({name, ""});
  }
  std::set<std::string> paths_seen;
  for (const auto& sample : list.samples) {
    if (paths_seen.insert(sample.path).second) continue;
    throw InputError(sample.path, "--input", "is given twice", "name each file once");
  }
  list.is_one = !sheet && list.samples.size() == 1;
  named.resize(list.samples.size());
  std::vector<std::string> paths;
  for (const auto& sample : list.samples) paths.push_back(sample.path);
  const auto distinguishing = paths.empty() ? paths : distinguishing_names(paths);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    auto& name = list.samples[i].name;
    name = named[i].empty() ? distinguishing[i] : named[i];
    if (seen.insert(name).second) continue;
    throw InputError(sheet.value_or(paths[i]), "sample", in_quotes(name) + " occurs twice",
                     "give each sample a name of its own");
  }
  return list;
}

std::vector<std::string> sample_files(const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const auto& sample : find_samples(names).samples) files.push_back(sample.path);
  if (names.size() == 1 && is_sheet(names[0])) files.push_back(names[0]);
  return files;
}

}  // namespace replearn::io
