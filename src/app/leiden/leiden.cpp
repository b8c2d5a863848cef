#include "app/leiden/leiden.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/element_key.hpp"
#include "app/weighted_graph.hpp"
#include "base/error.hpp"
#include "methods/leiden/leiden.hpp"

namespace replearn::app {
namespace {

Categorical clusters_column(const leiden::Results& found) {
  Categorical column;
  column.codes = found.communities;
  for (Index c = 0; c < found.count; ++c) column.categories.push_back(std::to_string(c));
  return column;
}

ValueTree leiden_record(const leiden::Options& options, const leiden::Results& found) {
  ValueTree parameters, uns;
  parameters.set("resolution", options.resolution);
  parameters.set("random_state", Value(static_cast<std::int64_t>(options.seed)));
  parameters.set("n_iterations", options.iterations == 0 ? Index{-1} : options.iterations);
  uns.set("params", std::move(parameters));
  uns.set(options.quality == leiden::Quality::modularity ? "modularity" : "cpm", found.quality);
  return uns;
}

}  // namespace

void LeidenSettings::validate() const {
  if (resolutions.empty()) throw InputError("", "--resolution", "is empty", "give one or several numbers, such as 0.5,1");
  for (const double resolution : resolutions) {
    auto one = method;
    one.resolution = resolution;
    one.validate();
  }
  if (without_group(key_added, "obs").empty() || without_group(key_added, "obs").find('/') != std::string::npos) {
    throw InputError("", "--key-added", key_added.empty() ? "is empty" : "contains a slash", "name a column of obs");
  }
  auto names = columns();
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) throw InputError("", "--resolution", "has a value twice", "give each resolution once");
}

std::vector<std::string> LeidenSettings::columns() const {
  const std::string key = without_group(key_added, "obs");
  if (resolutions.size() == 1) return {key};
  std::vector<std::string> names;
  for (const double resolution : resolutions) names.push_back(fmt::format("{}_{}", key, resolution));
  return names;
}

LeidenSettings leiden_step(Workspace& work, const LeidenSettings& settings) {
  auto& session = work.session();
  const auto graph = weighted_graph(work, "leiden", settings.graph_key, settings.use_rep, settings.feature_types);
  const auto columns = settings.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto options = settings.method;
    options.resolution = settings.resolutions[i];
    const auto found = session.phases.measure("leiden", [&] { return leiden::leiden(work.comm(), graph, options); });
    session.log.line(fmt::format("leiden: resolution {}: {} clusters, {} {:.5g}, {} iterations", options.resolution,
                                 found.count, options.quality == leiden::Quality::modularity ? "modularity" : "CPM",
                                 found.quality, found.iterations));
    work.set_obs_column(columns[i], clusters_column(found));
    work.set_uns(columns[i], leiden_record(options, found));
  }
  return settings;
}

}  // namespace replearn::app
