#include "app/tsne/tsne.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

namespace {

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
                  "Neighbor search used when the file has no suitable graph; see replearn neighbors --help");
  add_representation(set, settings.use_rep, settings.feature_types)
      .add("stored-graph", settings.stored_graph,
           "Use the neighbors in obsp/distances if there are enough of them; a new search takes cells^2 * columns "
           "flops");
}

void add_start_options(OptionSet& set, TsneSettings& settings) {
  set.add_choice("start", settings.start,
                 {{"pca", TsneStart::pca}, {"random", TsneStart::random}, {"spectral", TsneStart::spectral}},
                 "Initial positions. pca: principal components; random: Gaussian noise; spectral: leading eigenvectors "
                 "of the affinities, which take as long as the attractive forces of several hundred iterations")
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
           "finer clusters. With values other than 1, exact and barnes-hut repulsion take about 4 times as long; the "
           "time of "
           "fft changes only with the size of the map")
      .between(0.1, 100);
}

void add_place_options(OptionSet& set, TsneSettings& settings) {
  auto& o = settings.place;
  set.add("reference", settings.reference,
          "Reference map: an .h5ad with X_tsne and the same --use-rep. The cells of --input are placed in this fixed "
          "map, each independently of the others, with the reference's dof. Neighbor search takes time O(new cells * "
          "reference cells). Empty: compute a new map")
      .reads_file()
      .add("sample", settings.sample,
           "Number of cells to map first; the others are placed in that map, which initializes the final one. "
           "Preserves the global structure of very large data (25000 for a million cells). none: map all cells at "
           "once")
      .between(0, 1e9)
      .add("sample-perplexity", settings.sample_perplexity,
           "Perplexity for the map of --sample; auto: a hundredth of the sample size, at least --perplexity")
      .between(0, 1e6)
      .add("place-perplexity", o.perplexity, "Perplexity for placed cells (--reference, --sample)")
      .between(1, 1e6)
      .add("place-iterations", o.iterations, "Iterations for placed cells (--reference, --sample)")
      .between(0, 1e9)
      .add("place-exaggeration", o.exaggeration,
           "Factor by which attraction is multiplied for placed cells (--reference, --sample)")
      .between(1e-30, 1e6)
      .add("place-learning-rate", o.learning_rate,
           "Learning rate for placed cells (--reference, --sample); larger values are faster but may throw cells far "
           "out")
      .between(1e-30, 1e6)
      .add("place-max-gradient-norm", o.max_gradient_norm,
           "Maximum gradient norm for placed cells (--reference, --sample); larger gradients are rescaled to it")
      .between(0, 1e30)
      .add_choice("place-start", o.start,
                  {{"median", tsne::PlaceStart::median}, {"weighted", tsne::PlaceStart::weighted}},
                  "Initial position of a placed cell (--reference, --sample): median of its neighbors, or their mean "
                  "weighted by affinity");
}

}  // namespace

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
  set.show_common({"preset", "perplexity", "metric", "use-rep", "dimensions", "start", "seed", "early-exaggeration",
                   "exaggeration", "iterations", "learning-rate", "dof", "reference", "sample"})
      .show_zero_as("auto", {"affinity-neighbors", "learning-rate", "sample-perplexity"})
      .show_zero_as("none", {"sample", "sigma", "min-grad-norm", "iterations-without-progress", "frames-every"});
  return set;
}

}  // namespace replearn::cli
