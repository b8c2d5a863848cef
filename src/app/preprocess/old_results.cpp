#include "app/preprocess/old_results.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

constexpr std::array entries_of_uns = {"pca",
                                       "neighbors",
                                       "umap",
                                       "tsne",
                                       "sammon",
                                       "ppca",
                                       "factorize",
                                       "vae",
                                       "bigan",
                                       "pdist",
                                       "paga",
                                       "diffmap_evals",
                                       "hvg",
                                       "log1p",
                                       "rank_genes_groups",
                                       "draw_graph",
                                       "normalize_total",
                                       "pearson_residuals_normalization"};
/// obs columns that describe a map or model that no longer exists.
constexpr std::array figures_of_maps = {"sammon_stress", "vae_held_out"};
/// var columns with statistics of the previous X, written by Scanpy's highly_variable_genes and scale.
constexpr std::array figures_of_genes = {"highly_variable",
                                         "highly_variable_rank",
                                         "highly_variable_nbatches",
                                         "highly_variable_intersection",
                                         "means",
                                         "dispersions",
                                         "dispersions_norm",
                                         "variances",
                                         "variances_norm",
                                         "residual_variances",
                                         "residual_variances_rank",
                                         "mean",
                                         "std"};
/// Common prefixes of clustering columns in obs.
constexpr std::array clusterings = {"leiden", "louvain", "seurat_clusters", "phenograph"};

constexpr std::array verbs_of_results = {"pca",       "neighbors", "tsne",  "sammon", "ppca",
                                         "factorize", "vae",       "bigan", "pdist"};

template <const auto& list>
bool among(const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// Members of these groups that were computed from X.
constexpr std::pair<const char*, bool (*)(const std::string&)> groups_of_results[] = {
    {"obsm", [](const std::string& name) { return name.starts_with("X_") && name != "X_spatial"; }},
    {"obsp", [](const std::string& name) { return !name.starts_with("spatial"); }},
    {"varm", [](const std::string&) { return true; }},
    {"obs", among<figures_of_maps>},
    {"var", among<figures_of_genes>},
    {"uns", among<entries_of_uns>},
    {"uns/replearn", among<verbs_of_results>}};

/// Cell labels are kept, since they may be manual annotations and new maps are colored by them.
void log_old_clusterings(Workspace& work) {
  std::string listed;
  for (const auto& name : work.names_in_file("obs")) {
    const bool is_one =
        std::any_of(clusterings.begin(), clusterings.end(), [&](const char* one) { return name.starts_with(one); });
    if (is_one) listed += (listed.empty() ? "obs/" : ", obs/") + name;
  }
  if (!listed.empty())
    work.session().log.line("preprocess: " + listed + " are kept, though they were computed from the previous X");
}

}  // namespace

std::vector<std::string> results_of_x(Workspace& work) {
  std::vector<std::string> found;
  for (const auto& [group, is_result] : groups_of_results) {
    for (const auto& name : work.names_in_file(group)) {
      if (is_result(name)) found.push_back(group + ("/" + name));
    }
  }
  return found;
}

bool is_result_of_x(const std::string& element) {
  return std::any_of(std::begin(groups_of_results), std::end(groups_of_results), [&](const auto& result) {
    const std::string group = result.first + std::string("/");
    return element.starts_with(group) && result.second(element.substr(group.size()));
  });
}

void drop_old_results(Workspace& work) {
  log_old_clusterings(work);
  const auto new_of_var = mpi::broadcast(work.comm(), work.tables().var.column_names());
  std::string listed;
  for (const auto& element : results_of_x(work)) {
    work.drop(element);
    const bool is_new = element.starts_with("var/") &&
                        std::find(new_of_var.begin(), new_of_var.end(), element.substr(4)) != new_of_var.end();
    if (!element.starts_with("uns/") && !is_new) listed += (listed.empty() ? "" : ", ") + element;
  }
  if (listed.empty()) return;
  work.session().log.warning("X changes, so results computed from the previous X are dropped (" + listed +
                             "); --keep-old keeps them");
}

}  // namespace replearn::app
