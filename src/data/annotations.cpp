#include "data/annotations.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace replearn {
namespace {

template <class T>
std::vector<T> kept(const std::vector<T>& values, const std::vector<std::uint8_t>& keep) {
  std::vector<T> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (keep[i]) result.push_back(values[i]);
  }
  return result;
}

bool is_missing(const std::string& text) {
  return text.empty() || text == "NA" || text == "nan" || text == "NaN";
}

}  // namespace

const Column* Annotations::find(std::string_view column) const {
  for (const auto& [name, values] : columns) {
    if (name == column) return &values;
  }
  return nullptr;
}

void Annotations::set(const std::string& column, Column values) {
  for (auto& [name, old] : columns) {
    if (name == column) {
      old = std::move(values);
      return;
    }
  }
  columns.emplace_back(column, std::move(values));
}

std::vector<std::string> Annotations::column_names() const {
  std::vector<std::string> all;
  for (const auto& [name, values] : columns) all.push_back(name);
  return all;
}

Index length(const Column& column) {
  return std::visit(
      [](const auto& values) -> Index {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>)
          return static_cast<Index>(values.codes.size());
        else if constexpr (std::is_same_v<T, Flags>)
          return static_cast<Index>(values.values.size());
        else
          return static_cast<Index>(values.size());
      },
      column);
}

Column select(const Column& column, const std::vector<std::uint8_t>& keep) {
  return std::visit(
      [&](const auto& values) -> Column {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>) {
          return Categorical{kept(values.codes, keep), values.categories, values.ordered};
        } else if constexpr (std::is_same_v<T, Flags>) {
          return Flags{kept(values.values, keep)};
        } else {
          return kept(values, keep);
        }
      },
      column);
}

Annotations select(const Annotations& table, const std::vector<std::uint8_t>& keep) {
  if (table.names.empty()) return table;  // not root
  Annotations result{table.index_name, kept(table.names, keep), {}};
  for (const auto& [name, values] : table.columns) result.columns.emplace_back(name, select(values, keep));
  return result;
}

Index make_unique(std::vector<std::string>& names) {
  std::unordered_set<std::string> taken(names.begin(), names.end()), seen;
  std::unordered_map<std::string, Index> copies;
  Index changed = 0;
  for (auto& name : names) {
    if (seen.insert(name).second) continue;
    const std::string original = name;
    do name = original + "-" + std::to_string(++copies[original]);
    while (!taken.insert(name).second);
    seen.insert(name);
    ++changed;
  }
  return changed;
}

Categorical to_categorical(const std::vector<std::string>& values) {
  std::set<std::string> distinct;
  for (const auto& value : values) {
    if (!is_missing(value)) distinct.insert(value);
  }
  Categorical result{{}, {distinct.begin(), distinct.end()}, false};
  std::map<std::string, std::int32_t> code;
  for (const auto& name : result.categories) code.emplace(name, static_cast<std::int32_t>(code.size()));
  for (const auto& value : values) result.codes.push_back(is_missing(value) ? -1 : code.at(value));
  return result;
}

}  // namespace replearn
