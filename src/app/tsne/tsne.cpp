#include "app/tsne/tsne.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/cached_results.hpp"
#include "app/element_key.hpp"
#include "app/feature_types.hpp"
#include "app/lower_default.hpp"
#include "app/metric_record.hpp"
#include "app/principal_start.hpp"
#include "app/pulls.hpp"
#include "app/run_with_checkpoints.hpp"
#include "app/tsne/place.hpp"
#include "base/error.hpp"
#include "base/memory.hpp"
#include "methods/tsne/affinities.hpp"
#include "methods/tsne/memory.hpp"
#include "methods/tsne/run.hpp"
#include "methods/tsne/sne.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// Minimum number of neighbors over all rows. Collective.
Index min_neighbors_found(const mpi::Communicator& comm, const NeighborGraph& graph) {
  Index fewest = graph.rows();
  for (std::size_t i = 0; i + 1 < graph.offsets.size(); ++i) {
    fewest = std::min(fewest, graph.offsets[i + 1] - graph.offsets[i]);
  }
  return mpi::all_reduce(comm, fewest, mpi::Reduction::min);
}

tsne::Options method_options(const TsneSettings& settings) {
  tsne::Options options = settings.method;
  if (!settings.affinities_key.empty()) options.affinities = tsne::AffinityKind::given;
  return options;
}

/// The neighbor graph of this job or of the file if it has enough neighbors per cell, else nullptr.
const NeighborGraph* usable_graph(Workspace& work, const TsneSettings& settings) {
  const NeighborGraph* graph = settings.stored_graph ? work.graph() : nullptr;
  const Index needed = settings.method.neighbors_needed(work.rows());
  return graph && min_neighbors_found(work.comm(), *graph) >= needed ? graph : nullptr;
}

NeighborSearch search_for(const TsneSettings& settings, Index n) {
  neighbors::Options options;
  options.neighbors = settings.method.neighbors_needed(n);
  options.metric = settings.metric;
  options.method = settings.neighbor_search;
  return {settings.use_rep, settings.feature_types, options};
}

/// The graph of `usable_graph`; else that of the search of an earlier step or a new one, stored in `computed`.
const NeighborGraph& neighbors_for(Workspace& work, const TsneSettings& settings, const DistributedMatrix& x,
                                   NeighborGraph& computed) {
  auto& session = work.session();
  if (const auto* graph = usable_graph(work, settings)) {
    const auto metric = work.graph_metric();
    if (!metric.empty() && metric != metric_name(settings.metric)) {
      session.log.line("t-SNE: using the neighbors in obsp/distances, found with " + metric +
                       "; --no-stored-graph searches again with " + metric_name(settings.metric));
    }
    return *graph;
  }
  const auto search = search_for(settings, work.rows());
  if (work.shared_search().has(search)) {
    computed = work.shared_search().take();
    return computed;
  }
  session.log.line(fmt::format("t-SNE: searching for {} neighbors per cell", search.options.neighbors));
  computed = cached_neighbors(session, "neighbors of tsne", "neighbors", x, search.options).graph;
  return computed;
}

SparseRows given_affinities(Workspace& work, const std::string& key, const tsne::Options& options) {
  const std::string element = "obsp/" + without_group(key, "obsp");
  const Matrix& stored = work.matrix(element);
  SparseRows matrix = std::holds_alternative<SparseRows>(stored) ? std::get<SparseRows>(stored)
                                                                 : to_sparse(std::get<DistributedMatrix>(stored));
  const Index pairs = mpi::all_reduce(work.comm(), matrix.local_nonzeros(), mpi::Reduction::sum);
  tsne::require_memory(work.comm(),
                       tsne::memory_need(work.rows(), 0, options, work.comm().size(), static_cast<double>(pairs)),
                       available_memory_bytes());
  return work.session().phases.measure(
      "affinities", [&] { return tsne::given_probabilities(work.comm(), std::move(matrix), element); });
}

SparseRows affinities_for(Workspace& work, const TsneSettings& settings, const tsne::Options& options) {
  if (!settings.affinities_key.empty()) return given_affinities(work, settings.affinities_key, options);
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  const bool found = usable_graph(work, settings) || work.shared_search().has(search_for(settings, work.rows()));
  const Index searched = found ? 0 : x.columns();
  tsne::require_memory(work.comm(), tsne::memory_need(work.rows(), searched, options, work.comm().size()),
                       available_memory_bytes());
  NeighborGraph computed;
  const NeighborGraph& graph = neighbors_for(work, settings, x, computed);
  return work.session().phases.measure("affinities",
                                       [&] { return tsne::joint_probabilities(work.comm(), graph, options); });
}

DistributedMatrix initial_positions(Workspace& work, const TsneSettings& settings, const SparseRows& p) {
  auto& session = work.session();
  const auto& comm = work.comm();
  const Index q = settings.method.dimensions;
  if (settings.sample > 0)
    return sampled_start(work, settings, work.representation(settings.use_rep, settings.feature_types));
  if (!settings.start_key.empty()) {
    const auto key = without_group(settings.start_key, "obsm");
    return tsne::start_from_scores(comm, work.representation(key), q, settings.start_scale);
  }
  if (settings.start == TsneStart::random) return tsne::random_start(p.partition, p.rank, q, settings.method.seed);
  if (settings.start == TsneStart::spectral) {
    return cached_spectral_start(session, p, q, settings.method.seed);
  }
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  if (&x == work.embedding("X_pca") && x.columns() >= q) return tsne::start_from_scores(comm, x, q);
  return tsne::start_from_scores(comm, principal_start(work, "tsne", x, q, settings.method.seed, Purpose::tsne_start),
                                 q);
}

ValueTree record(Workspace& work, const TsneSettings& settings, const tsne::Results& results) {
  const auto& o = settings.method;
  ValueTree parameters, uns;
  if (settings.affinities_key.empty()) {
    parameters.set("perplexity", o.perplexity.size() == 1 ? Value(o.perplexity.front()) : Value(o.perplexity));
    if (usable_graph(work, settings)) {
      parameters.set("neighbors", "obsp/distances").set("metric", Value(work.graph_metric()));
    } else {
      record_metric(parameters, settings.metric);
    }
    parameters.set("use_rep", work.representation_name(settings.use_rep));
  } else {
    parameters.set("affinities_key", Value(settings.affinities_key));
  }
  parameters.set("early_exaggeration", o.early_exaggeration).set("exaggeration", o.exaggeration);
  const auto n = static_cast<double>(results.points.rows());
  if (settings.kernel == TsneKernel::gaussian) {
    parameters.set("learning_rate", o.learning_rate > 0 ? o.learning_rate : n / 4);
  } else {
    const Index last = o.early_exaggeration_iterations + o.iterations - 1;
    parameters.set("early_learning_rate", o.learning_rate_at(0, results.points.rows()));
    parameters.set("learning_rate", o.learning_rate_at(std::max<Index>(last, 0), results.points.rows()));
  }
  parameters.set("dof", o.dof);
  uns.set("params", std::move(parameters)).set("kl_divergence", results.kl_divergence);
  uns.set("iterations", Value(results.iterations));
  uns.set("kl_iterations", results.kl_iterations).set("kl_history", results.kl_history);
  if (settings.kernel == TsneKernel::gaussian) uns.set("kernel", "gaussian");
  if (settings.sample > 0) uns.set("sample", settings.sample);
  if (!settings.pull.empty()) {
    uns.set("pulls", settings.pull).set("pulled_mean_squared_distances", results.pulled_distances);
  }
  if (!results.frames.empty()) uns.set("frame_iterations", results.frame_iterations);
  return uns;
}

/// Original SNE: P over all pairs up to 5000 cells.
TsneSettings with_all_pairs(TsneSettings settings, Index n) {
  constexpr Index all_pairs_up_to = 5000;
  if (settings.kernel == TsneKernel::gaussian && settings.method.affinity_neighbors == 0 && n <= all_pairs_up_to) {
    settings.method.affinity_neighbors = n - 1;
  }
  return settings;
}

tsne::Results run_sne(Workspace& work, const TsneSettings& settings, std::vector<Pull> pulls) {
  auto& session = work.session();
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  NeighborGraph computed;
  const NeighborGraph& graph = neighbors_for(work, settings, x, computed);
  SparseRows p{x.partition, x.rank, x.rows(), {}, {}, {}};
  if (settings.start == TsneStart::spectral) p = tsne::joint_probabilities(work.comm(), graph, settings.method);
  const auto start = initial_positions(work, settings, p);
  tsne::SneRun run(tsne::SneState(work.comm(), graph, start, settings.method, session.log, std::move(pulls)));
  run_with_checkpoints(session, "tsne", "C", run);
  return session.phases.measure("tsne", [&] { return run.results(); });
}

tsne::Results run_tsne(Workspace& work, const TsneSettings& settings, std::vector<Pull> pulls) {
  auto& session = work.session();
  const auto options = method_options(settings);
  auto p = affinities_for(work, settings, options);
  const auto start = initial_positions(work, settings, p);
  tsne::Run run(tsne::State(work.comm(), std::move(p), start, options, session.log, std::move(pulls)), options,
                session.log);
  run_with_checkpoints(session, "tsne", "KL", run);
  return session.phases.measure("tsne", [&] { return run.results(); });
}

}  // namespace

void TsneSettings::validate(Index n) const {
  metric.validate();
  for (const auto& text : pull) parse_pull("--pull", text);
  if (!reference.empty()) {
    require(pull.empty(), "--pull", "has no effect on cells placed by --reference", "omit one of them");
    require(sample == 0, "--sample", "has no effect on cells placed by --reference", "omit one of them");
    require(kernel == TsneKernel::student, "--kernel", "does not apply to cells placed by --reference",
            "omit one of them");
    return;
  }
  method_options(*this).validate(n);
  if (kernel == TsneKernel::gaussian) {
    require(method.repulsion == tsne::RepulsionMethod::automatic || method.repulsion == tsne::RepulsionMethod::exact,
            "--repulsion", "must be exact: the Gaussian kernel needs all pairs", "omit it, or choose --kernel student");
    require(sample == 0, "--sample", "does not support the Gaussian kernel, whose cost grows with cells^2",
            "omit it, or choose --kernel student");
    require(affinities_key.empty(), "--affinities-key",
            "does not support the Gaussian kernel, which needs asymmetric affinities",
            "omit it, or choose --kernel student");
    require(method.dof == 1, "--dof", "applies to the Student kernel only", "omit it, or choose --kernel student");
    require(method.frames_every == 0, "--frames-every", "does not support the Gaussian kernel", "omit it");
  }
  if (sample == 0) return;
  require(sample >= 4 && sample < n, "--sample", fmt::format("is {} of {} cells", sample, n),
          "choose at least 4 and fewer than the number of cells, or 0 for no sample");
  require(start_key.empty(), "--sample", "and --start-key both define the initial positions", "omit one of them");
  require(sample_perplexity >= 0, "--sample-perplexity", fmt::format("is {:g}", sample_perplexity),
          "choose at least 1, or 0 for the default");
  sample_options().validate(sample);
  place.validate(sample);
}

tsne::Options TsneSettings::sample_options() const {
  tsne::Options options = method;
  const double largest = *std::max_element(method.perplexity.begin(), method.perplexity.end());
  options.affinities = tsne::AffinityKind::perplexity;
  options.perplexity = {sample_perplexity > 0 ? sample_perplexity
                                              : std::max(largest, static_cast<double>(sample) / 100)};
  options.affinity_neighbors = 0;
  options.frames_every = 0;
  return options;
}

TsneSettings TsneSettings::for_cells(Index n, const Log& log) const {
  TsneSettings lowered = *this;
  const bool searched = method.affinities == tsne::AffinityKind::perplexity && affinities_key.empty();
  if (n >= 4 && reference.empty() && searched && method.affinity_neighbors == 0) {
    for (auto& each : lowered.method.perplexity) {
      lower_default(given, "tsne", "perplexity", each, largest_perplexity(n - 1), counted(n, "cells"), log);
    }
  }
  if (sample >= 4) {
    lower_default(given, "tsne", "place-perplexity", lowered.place.perplexity, largest_perplexity(sample),
                  counted(sample, "cells in the sample"), log);
  }
  lowered.validate(n);
  return lowered;
}

void TsneSettings::check(Workspace& work, const StepResults&) const {
  find_pulls(work, "--pull", pull);
}

void TsneSettings::announce(Workspace& work) const {
  if (!reference.empty() || !affinities_key.empty()) return;
  const Index n = work.rows();
  work.shared_search().announce(search_for(with_all_pairs(for_cells(n, Log()), n), n));
}

TsneSettings tsne_step(Workspace& work, const TsneSettings& requested) {
  const TsneSettings adapted = requested.for_cells(work.rows(), work.session().log);
  if (!adapted.reference.empty()) {
    place_step(work, adapted);
    return adapted;
  }
  const TsneSettings settings = with_all_pairs(adapted, work.rows());
  auto pulls = find_pulls(work, "--pull", settings.pull);
  auto results = settings.kernel == TsneKernel::gaussian ? run_sne(work, settings, std::move(pulls))
                                                         : run_tsne(work, settings, std::move(pulls));
  work.session().log.line(fmt::format("t-SNE: KL divergence {:.6f}", results.kl_divergence));
  TsneSettings used = settings;
  if (settings.affinities_key.empty()) used.use_rep = work.representation_name(settings.use_rep);
  work.set_uns("tsne", record(work, settings, results));
  if (!results.frames.empty()) {
    work.set_frames("tsne/frames", results.points.partition, std::move(results.frames));
  }
  work.set_embedding("X_tsne", std::move(results.points));
  return used;
}

}  // namespace replearn::app
