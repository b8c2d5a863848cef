#include "app/umap/umap.hpp"

#include "app/cached_results.hpp"
#include "app/element_key.hpp"
#include "app/principal_start.hpp"
#include "app/run_with_checkpoints.hpp"
#include "app/weighted_graph.hpp"
#include "base/error.hpp"
#include "methods/tsne/tsne.hpp"
#include "methods/umap/edge_sampler.hpp"
#include "methods/umap/umap.hpp"

namespace replearn::app {
namespace {

DistributedMatrix start_of_map(Workspace& work, const UmapSettings& settings, const SparseRows& graph) {
  const auto& comm = work.comm();
  const auto& o = settings.method;
  if (!settings.start_key.empty()) {
    const auto& points = work.representation(without_group(settings.start_key, "obsm"));
    return umap::scaled_start(comm, tsne::start_from_scores(comm, points, o.dimensions, tsne::StartScale::keep), o.seed);
  }
  if (settings.start == UmapStart::random) return umap::random_start(graph.partition, graph.rank, o.dimensions, o.seed);
  if (settings.start == UmapStart::spectral) {
    return umap::scaled_start(comm, cached_spectral_start(work.session(), graph, o.dimensions, o.seed), o.seed);
  }
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  const bool are_components = &x == work.embedding("X_pca") && x.columns() >= o.dimensions;
  const auto scores =
      are_components ? x : principal_start(work, "umap", x, o.dimensions, o.seed, Purpose::umap_start);
  return umap::scaled_start(comm, tsne::start_from_scores(comm, scores, o.dimensions, tsne::StartScale::keep), o.seed);
}

ValueTree umap_record(const UmapSettings& settings, Index epochs) {
  const auto& o = settings.method;
  const umap::Curve curve = o.curve();
  ValueTree parameters, uns;
  parameters.set("a", curve.a).set("b", curve.b);
  if (o.a == 0) parameters.set("min_dist", o.min_dist).set("spread", o.spread);
  parameters.set("alpha", o.learning_rate).set("gamma", o.repulsion_strength);
  parameters.set("negative_sample_rate", o.negative_sample_rate);
  parameters.set("random_state", Value(static_cast<std::int64_t>(o.seed)));
  uns.set("params", std::move(parameters)).set("epochs", epochs);
  return uns;
}

}  // namespace

UmapSettings umap_step(Workspace& work, const UmapSettings& settings) {
  auto& session = work.session();
  auto graph = weighted_graph(work, "umap", settings.graph_key, settings.use_rep, settings.feature_types);
  umap::largest_weight(work.comm(), graph);  // before the start, which may take long
  const auto start = start_of_map(work, settings, graph);
  umap::Run run(work.comm(), std::move(graph), start, settings.method);
  run_with_checkpoints(session, "umap", "loss", run);
  UmapSettings used = settings;
  used.method.epochs = run.steps();
  work.set_uns("umap", umap_record(settings, run.steps()));
  work.set_embedding("X_umap", run.points());
  return used;
}

}  // namespace replearn::app
