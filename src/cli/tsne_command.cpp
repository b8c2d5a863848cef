#include <algorithm>

#include "base/memory.hpp"
#include "cli/commands.hpp"
#include "cli/drive.hpp"
#include "cli/feature_types.hpp"
#include "cli/lower_default.hpp"
#include "cli/metric_options.hpp"
#include "cli/once.hpp"
#include "cli/pulls.hpp"
#include "cli/start_points.hpp"
#include "cli/steps.hpp"
#include "cli/tsne_place.hpp"
#include "cli/verb.hpp"
#include "methods/tsne/affinities.hpp"
#include "methods/tsne/memory.hpp"
#include "methods/tsne/run.hpp"
#include "methods/tsne/sne.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

/// Minimum number of neighbors over all rows. Collective.
Index min_neighbors_found(const mpi::Communicator& comm, const NeighborGraph& graph) {
  Index fewest = graph.rows();
  for (std::size_t i = 0; i + 1 < graph.offsets.size(); ++i) {
    fewest = std::min(fewest, graph.offsets[i + 1] - graph.offsets[i]);
  }
  return mpi::all_reduce(comm, fewest, mpi::Reduction::min);
}

tsne::Options method_of(const TsneSettings& settings) {
  tsne::Options options = settings.method;
  if (!settings.affinities_key.empty()) options.affinities = tsne::AffinityKind::given;
  return options;
}

void add_affinity_options(OptionSet& set, TsneSettings& settings) {
  auto& o = settings.method;
  set.add("perplexity", o.perplexity,
          "Effective number of neighbors per cell; three times as many are searched. Several values (30,500) average "
          "their affinities, which preserves local and global structure at once. Time and memory grow with the "
          "largest. The default is lowered to (cells - 1) / 3 on small data")
      .between(1, 1e6)
      .add_choice("affinities", o.affinities,
                  {{"perplexity", tsne::AffinityKind::perplexity},
                   {"uniform", tsne::AffinityKind::uniform},
                   {"gaussian", tsne::AffinityKind::gaussian}},
                  "Affinity of a cell to its neighbors. perplexity: Gaussian, its bandwidth calibrated per cell; "
                  "uniform: equal weights, which give nearly the same map from far fewer neighbors; gaussian: one "
                  "bandwidth for all cells, --sigma, so sparse regions are less cohesive")
      .add("affinity-neighbors", o.affinity_neighbors,
           "Number of neighbors per cell that enter the affinities; time of the attraction and memory are proportional "
           "to it. auto: 3 * largest perplexity, or 30 with uniform or gaussian affinities")
      .between(0, 1e7)
      .add("sigma", o.sigma,
           "Bandwidth of gaussian affinities, in units of the distances; required with --affinities gaussian, no "
           "default")
      .between(0, 1e30)
      .add("affinities-key", settings.affinities_key,
           "Key of obsp with precomputed affinities: any symmetric, nonnegative matrix, such as connectivities; it is "
           "normalized to sum 1. Empty: affinities are computed from the neighbors");
  add_metric(set, settings.metric, "Distance between cells for the neighbor search")
      .add_choice("neighbor-search", settings.neighbor_search,
                  {{"auto", neighbors::Method::automatic},
                   {"exact", neighbors::Method::exact},
                   {"approximate", neighbors::Method::approximate}},
                  "Neighbor search used when the file has no suitable graph; see replearn neighbors --help")
      .add("use-rep", settings.use_rep,
           "Representation to use: an obsm key or X. auto: X_pca if present, else X if it has at most 50 columns, else "
           "a PCA computed first")
      .add("feature-types", settings.feature_types, feature_types_of_x_help)
      .add("stored-graph", settings.stored_graph,
           "Use the neighbors in obsp/distances if there are enough of them; a new search takes cells^2 * columns "
           "flops");
}

void add_start_options(OptionSet& set, TsneSettings& settings) {
  set.add_choice("start", settings.start,
                 {{"pca", TsneStart::pca}, {"random", TsneStart::random}, {"spectral", TsneStart::spectral}},
                 "Initial positions. pca: principal components; random: Gaussian noise; spectral: leading eigenvectors "
                 "of the affinities, at several hundred times the cost of one iteration's attraction")
      .add("start-key", settings.start_key,
           "Key of obsm whose first columns are the initial positions, such as X_umap. Empty: initial positions by "
           "--start")
      .add_choice("start-scale", settings.start_scale,
                  {{"small", tsne::StartScale::small}, {"keep", tsne::StartScale::keep}},
                  "Scale of the initial positions. small: rescaled so that the first column has standard deviation "
                  "1e-4; keep: as stored in --start-key, for refining an existing map")
      .add("seed", settings.method.seed, "Random seed of random and spectral initialization");
}

void add_optimizer_options(OptionSet& set, TsneSettings& settings) {
  auto& o = settings.method;
  set.add("early-exaggeration", o.early_exaggeration,
          "Factor by which attraction is multiplied in the early-exaggeration phase, which forms the clusters")
      .between(1, 1e6)
      .add("early-exaggeration-iterations", o.early_exaggeration_iterations,
           "Iterations of the early-exaggeration phase")
      .between(0, 1e9)
      .add("exaggeration", o.exaggeration,
           "Factor by which attraction is multiplied after early exaggeration; above 1, clusters are denser and "
           "farther apart, near 4 the map resembles UMAP's")
      .between(1e-30, 1e6)
      .add("iterations", o.iterations, "Iterations after early exaggeration")
      .between(0, 1e9)
      .add("learning-rate", o.learning_rate,
           "Learning rate (step size); 4 times scikit-learn's value for the same step. auto: set by "
           "--learning-rate-rule")
      .between(0, 1e30)
      .add_choice("learning-rate-rule", o.learning_rate_rule,
                  {{"by-phase", tsne::LearningRateRule::by_phase}, {"constant", tsne::LearningRateRule::constant}},
                  "Automatic learning rate. by-phase: cells / exaggeration of the current phase; constant: max(200, "
                  "cells / early exaggeration)")
      .add("initial-momentum", o.initial_momentum, "Momentum during early exaggeration")
      .between(0, 1)
      .add("momentum", o.momentum, "Momentum after early exaggeration")
      .between(0, 1)
      .add("min-gain", o.min_gain,
           "Gain floor: amount added to a coordinate's gain when it shrinks by a fifth, so the gain stays above 5 "
           "times this value")
      .between(0, 1)
      .add("max-step-norm", o.max_step_norm,
           "Maximum distance that a cell moves in one iteration, in map units; 0: unlimited")
      .between(0, 1e30)
      .add("min-grad-norm", o.min_gradient_norm,
           "Stop when the gradient norm is at most this value (scikit-learn: 1e-7); checked every 50 iterations after "
           "early exaggeration. none: never")
      .between(0, 1e30)
      .add("iterations-without-progress", o.iterations_without_progress,
           "Stop when the KL divergence has not decreased for this many iterations (scikit-learn: 300); none: never")
      .between(0, 1e9);
}

void add_repulsion_options(OptionSet& set, TsneSettings& settings) {
  auto& o = settings.method;
  set.add_choice("repulsion", o.repulsion,
                 {{"auto", tsne::RepulsionMethod::automatic},
                  {"exact", tsne::RepulsionMethod::exact},
                  {"barnes-hut", tsne::RepulsionMethod::barnes_hut},
                  {"fft", tsne::RepulsionMethod::fft}},
                 "Computation of the repulsive forces. exact: all pairs, O(cells^2) per iteration; barnes-hut: a "
                 "space-partitioning tree in 2 or 3 dimensions, O(cells log cells); fft: interpolation on a grid in 1 "
                 "or 2 dimensions, O(cells) plus a cost proportional to the area of the map; auto: the fastest of them")
      .add("theta", o.theta,
           "Accuracy of barnes-hut: a tree node is treated as one point if its width is less than theta times its "
           "distance")
      .between(0, 2)
      .add("grid-spacing", o.grid_spacing,
           "Grid spacing of fft, in map units; 0.5 is twice as fast, with a relative force error of 3 %")
      .between(0.05, 1)
      .add("dof", o.dof,
           "Degrees of freedom of the map's kernel, (1 + d^2 / dof)^-dof; values below 1 have heavier tails and show "
           "finer clusters. With values other than 1, exact and barnes-hut repulsion take about 4 times as long; fft "
           "depends on the area of the map alone")
      .between(0.1, 100);
}

/// The neighbor graph of this job or of the file if it has enough neighbors per cell, else nullptr.
const NeighborGraph* enough_neighbors(Workspace& work, const TsneSettings& settings) {
  const NeighborGraph* graph = settings.stored_graph ? work.graph() : nullptr;
  const Index needed = settings.method.neighbors_needed(work.rows());
  return graph && min_neighbors_found(work.comm(), *graph) >= needed ? graph : nullptr;
}

/// The graph of `enough_neighbors`, or a new one, which is stored in `computed`.
const NeighborGraph& neighbors_for(Workspace& work, const TsneSettings& settings, const DistributedMatrix& x,
                                   NeighborGraph& computed) {
  auto& session = work.session();
  const Index needed = settings.method.neighbors_needed(work.rows());
  if (const auto* graph = enough_neighbors(work, settings)) {
    const auto metric = work.graph_metric();
    if (!metric.empty() && metric != metric_name(settings.metric)) {
      session.log.line("t-SNE: using the neighbors in obsp/distances, found with " + metric +
                       "; --no-stored-graph searches again with " + metric_name(settings.metric));
    }
    return *graph;
  }
  session.log.line(format("t-SNE: searching for %ld neighbors per cell", static_cast<long>(needed)));
  neighbors::Options search;
  search.neighbors = needed;
  search.metric = settings.metric;
  search.method = settings.neighbor_search;
  computed = neighbors_once(session, "neighbors of tsne", "neighbors", x, search).graph;
  return computed;
}

SparseRows given_affinities(Workspace& work, const std::string& key, const tsne::Options& options) {
  const std::string element = key.starts_with("obsp/") ? key : "obsp/" + key;
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
  const Index searched = enough_neighbors(work, settings) ? 0 : x.columns();
  tsne::require_memory(work.comm(), tsne::memory_need(work.rows(), searched, options, work.comm().size()),
                       available_memory_bytes());
  NeighborGraph computed;
  const NeighborGraph& graph = neighbors_for(work, settings, x, computed);
  return work.session().phases.measure("affinities",
                                       [&] { return tsne::joint_probabilities(work.comm(), graph, options); });
}

DistributedMatrix start_for(Workspace& work, const TsneSettings& settings, const SparseRows& p) {
  auto& session = work.session();
  const auto& comm = work.comm();
  const Index q = settings.method.dimensions;
  if (settings.sample > 0)
    return sampled_start(work, settings, work.representation(settings.use_rep, settings.feature_types));
  if (!settings.start_key.empty()) {
    const auto key = settings.start_key.starts_with("obsm/") ? settings.start_key.substr(5) : settings.start_key;
    return tsne::start_from_scores(comm, work.representation(key), q, settings.start_scale);
  }
  if (settings.start == TsneStart::random) return tsne::random_start(p.partition, p.rank, q, settings.method.seed);
  if (settings.start == TsneStart::spectral) {
    return spectral_start_once(session, p, q, settings.method.seed);
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
    if (enough_neighbors(work, settings)) {
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
TsneSettings over_all_pairs(TsneSettings settings, Index n) {
  constexpr Index all_pairs_up_to = 5000;
  if (settings.kernel == TsneKernel::gaussian && settings.method.affinity_neighbors == 0 && n <= all_pairs_up_to) {
    settings.method.affinity_neighbors = n - 1;
  }
  return settings;
}

tsne::Results sne(Workspace& work, const TsneSettings& settings, std::vector<tsne::Pull> pulls) {
  auto& session = work.session();
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  NeighborGraph computed;
  const NeighborGraph& graph = neighbors_for(work, settings, x, computed);
  SparseRows p{x.partition, x.rank, x.rows(), {}, {}, {}};
  if (settings.start == TsneStart::spectral) p = tsne::joint_probabilities(work.comm(), graph, settings.method);
  const auto start = start_for(work, settings, p);
  tsne::SneRun run(tsne::SneState(work.comm(), graph, start, settings.method, session.log, std::move(pulls)));
  drive(session, "tsne", "C", run);
  return session.phases.measure("tsne", [&] { return run.results(); });
}

tsne::Results student(Workspace& work, const TsneSettings& settings, std::vector<tsne::Pull> pulls) {
  auto& session = work.session();
  const auto options = method_of(settings);
  auto p = affinities_for(work, settings, options);
  const auto start = start_for(work, settings, p);
  tsne::Run run(tsne::State(work.comm(), std::move(p), start, options, session.log, std::move(pulls)), options,
                session.log);
  drive(session, "tsne", "KL", run);
  return session.phases.measure("tsne", [&] { return run.results(); });
}

void require(bool holds, const std::string& option, const std::string& what, const std::string& hint) {
  if (!holds) throw InputError("", option, what, hint);
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
  method_of(*this).validate(n);
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
  require(sample >= 4 && sample < n, "--sample",
          format("is %lld of %lld cells", static_cast<long long>(sample), static_cast<long long>(n)),
          "choose at least 4 and fewer than the number of cells, or 0 for no sample");
  require(start_key.empty(), "--sample", "and --start-key both define the initial positions", "omit one of them");
  require(sample_perplexity >= 0, "--sample-perplexity", format("is %g", sample_perplexity),
          "choose at least 1, or 0 for the default");
  of_sample().validate(sample);
  place.validate(sample);
}

tsne::Options TsneSettings::of_sample() const {
  tsne::Options options = method;
  const double largest = *std::max_element(method.perplexity.begin(), method.perplexity.end());
  options.affinities = tsne::AffinityKind::perplexity;
  options.perplexity = {sample_perplexity > 0 ? sample_perplexity : std::max(largest, static_cast<double>(sample) / 100)};
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

OptionSet tsne_options(TsneSettings& settings) {
  OptionSet set("tsne", "t-SNE", &settings.given);
  set.add_preset<tsne::Preset>(
      "preset", settings.preset,
      {{"opentsne", tsne::Preset::opentsne},
       {"fitsne", tsne::Preset::fitsne},
       {"scikit-learn", tsne::Preset::scikit_learn},
       {"bhtsne", tsne::Preset::bhtsne}},
      [&settings](tsne::Preset preset) {
        tsne::apply(preset, settings.method);
        settings.start = preset == tsne::Preset::bhtsne ? TsneStart::random : TsneStart::pca;
      },
      "Defaults of another program: sets start, exaggeration, iterations, learning rate, momentum, step limit, "
      "repulsion and stopping rules. Options given explicitly take precedence. The README of methods/tsne lists the "
      "values");
  add_affinity_options(set, settings);
  set.add("dimensions", settings.method.dimensions,
          "Dimensions of the map; 1 and 2 are fast for any number of cells, 3 is slower")
      .between(1, 1000);
  add_start_options(set, settings);
  add_place_options(set, settings);
  add_optimizer_options(set, settings);
  add_repulsion_options(set, settings);
  set.add_choice("kernel", settings.kernel, {{"student", TsneKernel::student}, {"gaussian", TsneKernel::gaussian}},
                 "Kernel in the map. student: t-SNE; gaussian: SNE, which minimizes the sum of KL(P_i || Q_i) with a "
                 "distribution per cell over all pairs, for small data; one phase of --iterations without "
                 "exaggeration, learning rate cells / 4")
      .add("pull", settings.pull,
           "COLUMN=LABEL:WEIGHT, comma-separated: pulls the cells with this obs label together by adding WEIGHT * "
           "(their mean squared distance in the map) to the cost; 0.0001 is a weak, 0.01 a strong weight");
  set.add("frames-every", settings.method.frames_every,
          "Interval, in iterations, at which the map is stored in uns/tsne/frames (frames x cells x dimensions), "
          "initial positions included; each frame takes 4 * cells * dimensions bytes of memory and disk. ")
      .between(0, 1e9);
  set.show_usual({"preset", "perplexity", "metric", "use-rep", "dimensions", "start", "seed", "early-exaggeration",
                  "exaggeration", "iterations", "learning-rate", "dof", "reference", "sample"})
      .show_zero_as("auto", {"affinity-neighbors", "learning-rate", "sample-perplexity"})
      .show_zero_as("none", {"sample", "sigma", "min-grad-norm", "iterations-without-progress", "frames-every"});
  return set;
}

void tsne_step(Workspace& work, const TsneSettings& asked) {
  const TsneSettings fitting = asked.for_cells(work.rows(), work.session().log);
  if (!fitting.reference.empty()) {
    place_step(work, fitting);
    return;
  }
  const TsneSettings settings = over_all_pairs(fitting, work.rows());
  auto pulls = pulls_as<tsne::Pull>(find_pulls(work, "--pull", settings.pull));
  auto results = settings.kernel == TsneKernel::gaussian ? sne(work, settings, std::move(pulls))
                                                         : student(work, settings, std::move(pulls));
  work.session().log.line(format("t-SNE: KL divergence %.6f", results.kl_divergence));
  TsneSettings used = settings;
  if (settings.affinities_key.empty()) used.use_rep = work.representation_name(settings.use_rep);
  work.used(tsne_options(used));
  work.out().put_uns("tsne", std::make_shared<ValueTree>(record(work, settings, results)));
  if (!results.frames.empty()) {
    work.found_frames("tsne/frames", results.points.partition, std::move(results.frames));
  }
  work.found_embedding("X_tsne", std::move(results.points));
}

void tsne_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_long_step<TsneSettings>(comm, arguments, "tsne", "t-SNE; writes obsm/X_tsne, uns/tsne", tsne_options, tsne_step);
}

}  // namespace replearn::cli
