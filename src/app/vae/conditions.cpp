#include "app/vae/conditions.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// A column as a categorical. Root.
Categorical categories_of(Workspace& work, const std::string& name) {
  const Annotations& obs = work.obs();
  const Column* column = obs.find(name);
  const std::string place = "obs/" + name;
  if (!column) throw InputError(work.input_path(), place, "no such column", suggest(name, obs.column_names()));
  if (const auto* categorical = std::get_if<Categorical>(column)) return *categorical;
  std::vector<std::string> texts;
  if (const auto* strings = std::get_if<std::vector<std::string>>(column)) texts = *strings;
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(column)) {
    for (const auto value : *whole) texts.push_back(std::to_string(value));
  }
  if (const auto* flags = std::get_if<Flags>(column)) {
    for (const auto value : flags->values) texts.push_back(value ? "True" : "False");
  }
  if (texts.empty()) {
    throw InputError(work.input_path(), place, "is numeric, not categorical", "choose a categorical column");
  }
  return to_categorical(texts);
}

}  // namespace

std::vector<Index> ConditionLabels::levels() const {
  std::vector<Index> counts;
  for (const auto& of_column : labels) counts.push_back(static_cast<Index>(of_column.size()));
  return counts;
}

ConditionLabels labels_of(Workspace& work, const std::vector<std::string>& columns) {
  ConditionLabels known;
  known.columns = columns;
  if (columns.empty()) return known;
  work.obs();
  for (const auto& name : columns) {
    std::vector<std::string> labels;
    mpi::on_root(work.comm(), [&] { labels = categories_of(work, name).categories; });
    known.labels.push_back(mpi::broadcast(work.comm(), labels));
  }
  return known;
}

vae::Conditions conditions_of(Workspace& work, const ConditionLabels& known) {
  vae::Conditions conditions;
  conditions.factors = static_cast<Index>(known.columns.size());
  if (conditions.factors == 0) return conditions;
  work.obs();
  std::vector<std::int32_t> all;
  mpi::on_root(work.comm(), [&] {
    const auto factors = known.columns.size();
    std::size_t first = 0;
    for (std::size_t f = 0; f < factors; first += known.labels[f++].size()) {
      const Categorical column = categories_of(work, known.columns[f]);
      std::map<std::string, std::size_t> level_of;
      for (std::size_t k = 0; k < known.labels[f].size(); ++k) level_of[known.labels[f][k]] = first + k;
      all.resize(column.codes.size() * factors);
      for (std::size_t i = 0; i < column.codes.size(); ++i) {
        const std::string cell = "cell " + work.obs().names[i];
        const std::string place = "obs/" + known.columns[f];
        if (column.codes[i] < 0) {
          throw InputError(work.input_path(), place, cell + " has no label", "remove or label the cell");
        }
        const auto& label = column.categories[column.codes[i]];
        const auto at = level_of.find(label);
        if (at == level_of.end()) {
          throw InputError(work.input_path(), place, cell + " is '" + label + "', a label unknown to the model",
                           suggest(label, known.labels[f]));
        }
        all[i * factors + f] = static_cast<std::int32_t>(at->second);
      }
    }
  });
  for (const auto& labels : known.labels) conditions.levels += static_cast<Index>(labels.size());
  all = mpi::broadcast(work.comm(), all);
  const RowPartition parts(work.rows(), work.comm().shares());
  const auto rank = work.comm().rank();
  conditions.of_rows.assign(all.begin() + parts.begin(rank) * conditions.factors,
                            all.begin() + parts.end(rank) * conditions.factors);
  return conditions;
}

}  // namespace replearn::app
