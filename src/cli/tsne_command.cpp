#include <algorithm>

#include "cli/commands.hpp"
#include "cli/metric_options.hpp"
#include "cli/progress_line.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

/// The fewest neighbours that any row has. Collective.
Index fewest_neighbors(const mpi::Communicator& comm, const NeighborGraph& graph) {
  Index fewest = graph.rows();
  for (std::size_t i = 0; i + 1 < graph.offsets.size(); ++i) {
    fewest = std::min(fewest, graph.offsets[i + 1] - graph.offsets[i]);
  }
  return mpi::all_reduce(comm, fewest, mpi::Reduction::min);
}

}  // namespace

OptionSet tsne_options(TsneSettings& settings) {
  auto& o = settings.method;
  OptionSet set("tsne", "t-SNE");
  set.add("perplexity", o.perplexity, "how many neighbours a cell minds, softly; needs 3 times as many in the graph")
      .add("dimensions", o.dimensions, "of the map")
      .add("early-exaggeration", o.early_exaggeration, "attraction is this much stronger at first")
      .add("early-exaggeration-iterations", o.early_exaggeration_iterations, "for so long")
      .add("iterations", o.iterations, "after that; each costs n^2 / ranks pairs of cells")
      .add("learning-rate", o.learning_rate, "0: cells / exaggeration of the phase")
      .add("momentum", o.momentum, "share of the last step kept in the next")
      .add("max-step-norm", o.max_step_norm, "a cell moves at most so far in one iteration; 0: no limit")
      .add_choice("start", settings.start, {{"pca", TsneStart::pca}, {"random", TsneStart::random}},
                  "first positions: principal components scaled to standard deviation 1e-4, or random")
      .add("seed", o.seed, "of the random start");
  add_metric(set, settings.metric, "distance between cells, for the neighbours")
      .add("use-rep", settings.use_rep,
           "an obsm key or X; auto: X_pca if there, else X if it has at most 50 columns, else PCA is run first")
      .add("stored-graph", settings.stored_graph, "take the neighbours of obsp/distances if they are enough");
  return set;
}

void tsne_step(Workspace& work, const TsneSettings& settings) {
  auto& session = work.session();
  const auto& comm = work.comm();
  settings.method.validate(work.rows());
  settings.metric.validate();
  const Index needed = tsne::neighbors_needed(settings.method.perplexity, work.rows());
  const auto& x = work.representation(settings.use_rep);

  const NeighborGraph* graph = settings.stored_graph ? work.graph() : nullptr;
  if (graph && fewest_neighbors(comm, *graph) < needed) graph = nullptr;
  NeighborGraph computed;
  if (!graph) {
    session.log.line(format("tsne: finding %ld neighbours of each cell", static_cast<long>(needed)));
    computed = session.phases.measure("neighbors", [&] {
      return neighbors::nearest_neighbors(comm, x, {needed, settings.metric}, session.log);
    });
    graph = &computed;
  }
  const auto start = settings.start == TsneStart::random
                         ? tsne::random_start(x.partition, x.rank, settings.method.dimensions, settings.method.seed)
                         : tsne::start_from_scores(comm, x, settings.method.dimensions);
  auto results = session.phases.measure("tsne", [&] {
    return tsne::tsne(comm, *graph, start, settings.method, progress_line(session.log, "tsne", "KL"), session.log);
  });
  session.log.line(format("tsne: KL divergence %.6f", results.kl_divergence));
  ValueTree parameters, uns;
  parameters.set("perplexity", settings.method.perplexity)
      .set("early_exaggeration", settings.method.early_exaggeration);
  parameters.set("learning_rate", settings.method.learning_rate);
  record_metric(parameters, settings.metric);
  parameters.set("use_rep", settings.use_rep);
  uns.set("params", std::move(parameters)).set("kl_divergence", results.kl_divergence);
  uns.set("kl_iterations", results.kl_iterations).set("kl_history", results.kl_history);
  work.out().put_uns("tsne", std::make_shared<ValueTree>(std::move(uns)));
  work.found_embedding("X_tsne", std::move(results.points));
}

void tsne_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_one_step<TsneSettings>(comm, arguments, "tsne", "t-SNE; writes obsm/X_tsne, uns/tsne", tsne_options, tsne_step);
}

}  // namespace replearn::cli
