#include "app/evaluate/labels.hpp"

#include "app/obs_labels.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// Renumbers the categories without those that no cell has.
void drop_unused(Categorical& labels) {
  std::vector<std::int32_t> number(labels.categories.size(), -1);
  for (const auto code : labels.codes) {
    if (code >= 0) number[code] = 0;
  }
  std::vector<std::string> categories;
  for (std::size_t c = 0; c < number.size(); ++c) {
    if (number[c] < 0) continue;
    number[c] = static_cast<std::int32_t>(categories.size());
    categories.push_back(std::move(labels.categories[c]));
  }
  for (auto& code : labels.codes) code = code >= 0 ? number[code] : -1;
  labels.categories = std::move(categories);
}

}  // namespace

map_quality::Labels labels_of(Workspace& work, const std::string& column, const std::string& option) {
  const Annotations& obs = work.obs();
  Categorical found;
  mpi::on_root(work.comm(), [&] {
    const Column* values = obs.find(column);
    if (!values) {
      throw InputError(work.input_path(), "obs/" + column, "no such column", suggest(column, obs.column_names()));
    }
    found = as_labels(*values);
    drop_unused(found);
    if (found.categories.empty()) {
      throw InputError(work.input_path(), "obs/" + column, "has no labels", "name another column: --" + option);
    }
  });
  map_quality::Labels labels;
  labels.count = mpi::broadcast(work.comm(), static_cast<Index>(found.categories.size()));
  labels.codes = mpi::broadcast(work.comm(), found.codes);
  return labels;
}

}  // namespace replearn::app
