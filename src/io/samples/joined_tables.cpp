#include "io/samples/joined_tables.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.hpp"
#include "io/names.hpp"
#include "io/tables/fields.hpp"

namespace replearn::io {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// An entry as text; "" where missing.
std::string text_at(const Column& column, std::size_t i) {
  return std::visit(
      [&](const auto& values) -> std::string {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>) {
          return values.codes[i] < 0 ? "" : values.categories[static_cast<std::size_t>(values.codes[i])];
        } else if constexpr (std::is_same_v<T, Flags>) {
          return values.values[i] != 0 ? "True" : "False";
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          return values[i];
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
          return std::to_string(values[i]);
        } else {
          return std::isnan(values[i]) ? "" : fmt::format("{}", values[i]);
        }
      },
      column);
}

double number_at(const Column& column, std::size_t i) {
  if (const auto* reals = std::get_if<std::vector<double>>(&column)) return (*reals)[i];
  if (const auto* reals = std::get_if<std::vector<float>>(&column)) return static_cast<double>((*reals)[i]);
  return static_cast<double>(std::get<std::vector<std::int64_t>>(column)[i]);
}

template <class T>
bool is_a(const Column& column) {
  return std::holds_alternative<T>(column);
}

bool is_number(const Column& column) {
  return is_a<std::vector<double>>(column) || is_a<std::vector<float>>(column) || is_a<std::vector<std::int64_t>>(column);
}

template <class Test>
bool all(const std::vector<const Column*>& columns, const Test& test) {
  return std::all_of(columns.begin(), columns.end(), [&](const Column* column) { return column && test(*column); });
}

/// Labels with the categories of all columns, in the order in which these occur.
Categorical united(const std::vector<const Column*>& columns, const std::vector<Index>& rows) {
  Categorical result;
  std::unordered_map<std::string, std::int32_t> code_of;
  const auto code = [&](const std::string& label) {
    const auto [at, added] = code_of.emplace(label, static_cast<std::int32_t>(result.categories.size()));
    if (added) result.categories.push_back(label);
    return at->second;
  };
  for (const auto* column : columns) {  // also categories without cells
    const auto* labels = column ? std::get_if<Categorical>(column) : nullptr;
    for (const auto& category : labels ? labels->categories : std::vector<std::string>{}) code(category);
  }
  for (std::size_t s = 0; s < columns.size(); ++s) {
    for (Index i = 0; i < rows[s]; ++i) {
      const auto label = columns[s] ? text_at(*columns[s], static_cast<std::size_t>(i)) : std::string();
      const auto* labels = columns[s] ? std::get_if<Categorical>(columns[s]) : nullptr;
      const bool is_missing = labels ? labels->codes[static_cast<std::size_t>(i)] < 0 : label.empty();
      result.codes.push_back(is_missing ? -1 : code(label));
    }
  }
  return result;
}

/// One column below the other; nullptr: the sample does not have it. rows: of each sample.
Column stacked(const std::vector<const Column*>& columns, const std::vector<Index>& rows) {
  if (all(columns, is_a<std::vector<std::int64_t>>)) {
    std::vector<std::int64_t> values;
    for (const auto* column : columns) {
      const auto& part = std::get<std::vector<std::int64_t>>(*column);
      values.insert(values.end(), part.begin(), part.end());
    }
    return values;
  }
  if (all(columns, is_a<Flags>)) {
    Flags flags;
    for (const auto* column : columns) {
      const auto& part = std::get<Flags>(*column).values;
      flags.values.insert(flags.values.end(), part.begin(), part.end());
    }
    return flags;
  }
  if (all(columns, is_a<std::vector<std::string>>)) {
    std::vector<std::string> texts;
    for (const auto* column : columns) {
      const auto& part = std::get<std::vector<std::string>>(*column);
      texts.insert(texts.end(), part.begin(), part.end());
    }
    return texts;
  }
  const bool numbers = std::all_of(columns.begin(), columns.end(), [](const auto* c) { return !c || is_number(*c); });
  if (!numbers) return united(columns, rows);
  std::vector<double> values;
  for (std::size_t s = 0; s < columns.size(); ++s) {
    for (Index i = 0; i < rows[s]; ++i) {
      values.push_back(columns[s] ? number_at(*columns[s], static_cast<std::size_t>(i)) : nan);
    }
  }
  return values;
}

/// The entry of each cell's sample.
Column repeated(const Column& column, const std::vector<Index>& rows) {
  return std::visit(
      [&](const auto& values) -> Column {
        using T = std::decay_t<decltype(values)>;
        const auto repeat = [&](const auto& from, auto& to) {
          for (std::size_t s = 0; s < rows.size(); ++s) to.insert(to.end(), static_cast<std::size_t>(rows[s]), from[s]);
        };
        T result;
        if constexpr (std::is_same_v<T, Categorical>) {
          result.categories = values.categories;
          repeat(values.codes, result.codes);
        } else if constexpr (std::is_same_v<T, Flags>) {
          repeat(values.values, result.values);
        } else {
          repeat(values, result);
        }
        return result;
      },
      column);
}

/// What identifies the genes of each sample.
std::vector<std::vector<std::string>> identifiers(const std::vector<Sample>& samples,
                                                  const std::vector<Annotations>& tables, const InputOptions& options,
                                                  const Log& log) {
  const auto has_ids = [](const Annotations& table) { return table.find("gene_ids") != nullptr; };
  const bool all_have = std::all_of(tables.begin(), tables.end(), has_ids);
  if (options.join_by == JoinBy::id && !all_have) {
    const auto lacking = std::find_if_not(tables.begin(), tables.end(), has_ids) - tables.begin();
    throw InputError(samples[static_cast<std::size_t>(lacking)].path, "var/gene_ids", "no such column",
                     "join the genes by name: --join-by name");
  }
  const bool by_id = options.join_by == JoinBy::id || (options.join_by == JoinBy::automatic && all_have);
  log.line(std::string("genes are joined by ") + (by_id ? "var/gene_ids" : "name"));
  std::vector<std::vector<std::string>> result;
  for (std::size_t s = 0; s < tables.size(); ++s) {
    const auto& table = tables[s];
    if (!by_id) {
      result.push_back(table.names);
    } else {
      result.emplace_back();
      for (std::size_t j = 0; j < table.names.size(); ++j) result.back().push_back(text_at(*table.find("gene_ids"), j));
    }
    require_unique(result.back(), samples[s].path, by_id ? "var/gene_ids, gene " : "var, gene ", 0);
  }
  return result;
}

/// Values of a column of var for the joined genes, if the samples that have a gene agree on it.
bool agreed(const std::vector<Annotations>& tables, const JoinedGenes& genes, const std::string& name, Column& column) {
  const auto m = genes.var.names.size();
  // For each gene the first sample that has it, and its column there.
  std::vector<std::pair<std::size_t, std::size_t>> source(m, {tables.size(), 0});
  for (std::size_t s = 0; s < tables.size(); ++s) {
    const auto* values = tables[s].find(name);
    if (!values) return false;
    for (std::size_t j = 0; j < genes.places[s].size(); ++j) {
      if (genes.places[s][j] < 0) continue;
      auto& [first, at] = source[static_cast<std::size_t>(genes.places[s][j])];
      if (first == tables.size()) {
        first = s, at = j;
      } else if (text_at(*values, j) != text_at(*tables[first].find(name), at)) {
        return false;
      }
    }
  }
  std::vector<const Column*> columns;
  std::vector<Index> rows;
  std::vector<Index> begin{0};
  for (const auto& table : tables) {
    columns.push_back(table.find(name));
    rows.push_back(table.size());
    begin.push_back(begin.back() + rows.back());
  }
  const Column all_rows = stacked(columns, rows);
  column = std::visit(
      [&](const auto& values) -> Column {
        using T = std::decay_t<decltype(values)>;
        T result;
        const auto pick = [&](const auto& from, auto& to) {
          for (const auto& [s, j] : source) to.push_back(from[static_cast<std::size_t>(begin[s]) + j]);
        };
        if constexpr (std::is_same_v<T, Categorical>) {
          result.categories = values.categories;
          pick(values.codes, result.codes);
        } else if constexpr (std::is_same_v<T, Flags>) {
          pick(values.values, result.values);
        } else {
          pick(values, result);
        }
        return result;
      },
      all_rows);
  return true;
}

}  // namespace

JoinedGenes join_genes(const std::vector<Sample>& samples, const std::vector<Annotations>& tables,
                       const InputOptions& options, const Log& log) {
  const auto ids = identifiers(samples, tables, options, log);
  std::unordered_map<std::string, std::size_t> samples_with;
  for (const auto& list : ids) {
    for (const auto& id : list) ++samples_with[id];
  }
  JoinedGenes genes;
  std::unordered_map<std::string, std::int32_t> place_of;
  const bool inner = options.join == Join::inner;
  for (std::size_t s = 0; s < ids.size(); ++s) {
    genes.places.emplace_back();
    for (std::size_t j = 0; j < ids[s].size(); ++j) {
      if (inner && samples_with[ids[s][j]] < ids.size()) {
        genes.places.back().push_back(-1);
        continue;
      }
      const auto [at, added] = place_of.emplace(ids[s][j], static_cast<std::int32_t>(place_of.size()));
      if (added) genes.var.names.push_back(tables[s].names[j]);
      genes.places.back().push_back(at->second);
    }
  }
  if (genes.var.names.empty()) {
    throw InputError(samples[1].path, "var", "shares no gene with " + samples[0].path,
                     "compare their names with replearn inspect; --join-by chooses names or gene_ids");
  }
  std::string differing;
  for (const auto& name : tables.front().column_names()) {
    Column column;
    if (agreed(tables, genes, name, column))
      genes.var.set(name, std::move(column));
    else
      differing += (differing.empty() ? "" : ", ") + name;
  }
  if (!differing.empty()) log.line("columns of var on which the samples differ are dropped: " + differing);
  log.line(fmt::format("{} samples share {} of {} genes; {} are kept ({} join)", samples.size(),
                       std::count_if(samples_with.begin(), samples_with.end(),
                                     [&](const auto& entry) { return entry.second == ids.size(); }),
                       samples_with.size(), genes.var.names.size(), inner ? "inner" : "outer"));
  make_genes_unique(genes.var.names, log);
  return genes;
}

Annotations join_cells(const SampleList& list, const std::vector<Annotations>& tables, const InputOptions& options,
                       const Log& log) {
  Annotations obs;
  std::vector<Index> rows;
  Categorical label;
  for (std::size_t s = 0; s < tables.size(); ++s) {
    const auto& sample = list.samples[s].name;
    for (const auto& name : tables[s].names) obs.names.push_back(name + "-" + sample);
    rows.push_back(tables[s].size());
    label.categories.push_back(sample);
    label.codes.insert(label.codes.end(), tables[s].names.size(), static_cast<std::int32_t>(s));
  }
  make_cells_unique(obs.names, log);
  std::vector<std::string> names;
  for (const auto& table : tables) {
    for (const auto& name : table.column_names()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  std::string partial;
  for (const auto& name : names) {
    std::vector<const Column*> columns;
    for (const auto& table : tables) columns.push_back(table.find(name));
    const bool in_all = std::find(columns.begin(), columns.end(), nullptr) == columns.end();
    if (!in_all) partial += (partial.empty() ? "" : ", ") + name;
    if (in_all || options.join == Join::outer) obs.set(name, stacked(columns, rows));
  }
  if (!partial.empty() && options.join == Join::inner) {
    log.line("columns of obs that some samples lack are dropped: " + partial);
  }
  if (obs.find(options.label)) log.warning("obs/" + options.label + " is replaced by the names of the samples (--label)");
  obs.set(options.label, std::move(label));
  for (const auto& [name, values] : list.columns) obs.set(name, repeated(values, rows));
  return obs;
}

}  // namespace replearn::io
