#include "cli/old_results.hpp"

#include <array>

namespace replearn::cli {
namespace {

constexpr std::array entries_of_uns = {"pca",
                                       "neighbors",
                                       "umap",
                                       "tsne",
                                       "sammon",
                                       "ppca",
                                       "fe",
                                       "vae",
                                       "bigan",
                                       "pdist",
                                       "paga",
                                       "diffmap_evals",
                                       "hvg",
                                       "log1p",
                                       "rank_genes_groups",
                                       "draw_graph",
                                       "normalize_total"};
constexpr std::array verbs_of_results = {"pca",       "neighbors", "tsne",  "sammon", "ppca",
                                         "factorize", "vae",       "bigan", "pdist"};

}  // namespace

std::vector<std::string> results_of_x(Workspace& work) {
  std::vector<std::string> found;
  const auto add = [&](const std::string& group, auto wanted) {
    for (const auto& name : work.names_in_file(group)) {
      if (wanted(name)) found.push_back(group + "/" + name);
    }
  };
  add("obsm", [](const std::string& name) { return name.starts_with("X_") && name != "X_spatial"; });
  add("obsp", [](const std::string& name) { return !name.starts_with("spatial"); });
  add("varm", [](const std::string&) { return true; });
  const auto among = [](const auto& list) {
    return [&list](const std::string& name) { return std::find(list.begin(), list.end(), name) != list.end(); };
  };
  add("uns", among(entries_of_uns));
  add("uns/replearn", among(verbs_of_results));
  return found;
}

void drop_old_results(Workspace& work) {
  std::string listed;
  for (const auto& element : results_of_x(work)) {
    work.drop(element);
    if (!element.starts_with("uns/")) listed += (listed.empty() ? "" : ", ") + element;
  }
  if (listed.empty()) return;
  work.session().log.warning("X changes: what was computed from the X before is left out (" + listed +
                             "); --keep-old keeps it");
}

}  // namespace replearn::cli
