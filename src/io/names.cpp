#include "io/names.hpp"

#include <fmt/core.h>

#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "io/tables/fields.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {

void require_unique(const std::vector<std::string>& names, const std::string& file, const std::string& place,
                    Index first) {
  std::unordered_map<std::string_view, Index> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Index number = first + static_cast<Index>(i);
    const auto [earlier, is_new] = seen.emplace(names[i], number);
    if (!is_new) {
      throw InputError(
          file, place + std::to_string(number),
          "the name " + in_quotes(names[i]) + " already occurs at " + place + std::to_string(earlier->second),
          "make the names unique");
    }
  }
}

namespace {

/// Makes names unique; returns the number of changes and a message.
std::pair<Index, std::string> made_unique(std::vector<std::string>& names, const char* kind) {
  const auto before = names;
  const Index changed = make_unique(names);
  if (changed == 0) return {};
  std::size_t first = 0;
  while (names[first] == before[first]) ++first;
  return {changed, fmt::format("{} {} names occur more than once; later ones were numbered, the first of them '{}'",
                               changed, kind, names[first])};
}

}  // namespace

Index make_genes_unique(std::vector<std::string>& names, const Log& log) {
  const auto [changed, message] = made_unique(names, "gene");
  if (changed > 0) log.line(message);
  return changed;
}

void make_cells_unique(std::vector<std::string>& names, const Log& log) {
  const auto [changed, message] = made_unique(names, "cell");
  if (changed > 0) log.warning(message);
}

void make_names_valid(std::vector<std::string>& names, const std::string& file, const Log& log) {
  Index changed = 0;
  std::string example;
  for (auto& name : names) {
    if (unicode::is_valid(name)) continue;
    name = unicode::from_latin1(name);
    if (changed++ == 0) example = name;
  }
  if (changed == 0) return;
  log.line(fmt::format("{}: {} names are not UTF-8 and were read as Latin-1, the first of them '{}'", file, changed,
                       example));
}

std::vector<std::string> numbered_names(Index count) {
  std::vector<std::string> names;
  for (Index i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

std::vector<std::string> gather_names(const mpi::Communicator& comm, const std::vector<std::string>& mine) {
  std::vector<char> joined;
  for (const auto& name : mine) {
    joined.insert(joined.end(), name.begin(), name.end());
    joined.push_back('\n');
  }
  const auto all = mpi::gather_v(comm, joined);
  std::vector<std::string> names;
  std::string_view text(all.data(), all.size());
  while (!text.empty()) {
    const auto end = text.find('\n');
    names.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return names;
}

}  // namespace replearn::io
