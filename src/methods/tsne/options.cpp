#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {
namespace {

void validate_perplexities(const Options& options, Index n) {
  require(!options.perplexity.empty(), "--perplexity", 0, "choose 1 or more");
  for (const double perplexity : options.perplexity) {
    require(perplexity >= 1, "--perplexity", perplexity, "choose 1 or more");
    const Index k = options.affinity_neighbors;
    require(k == 0 || perplexity <= static_cast<double>(k), "--perplexity", perplexity,
            fmt::format("choose at most --affinity-neighbors, {}", k));
    if (k > 0 || 3 * perplexity <= static_cast<double>(n - 1)) continue;
    // Rounded down, so that the suggested value is valid.
    const double largest = std::floor(100 * static_cast<double>(n - 1) / 3) / 100;
    throw InputError("", "--perplexity",
                     fmt::format("is {:g}, but {} points have too few neighbors for it", perplexity, n),
                     fmt::format("choose at most {:g}", largest));
  }
}

void validate_affinities(const Options& options, Index n) {
  if (options.affinities == AffinityKind::given) return;
  const Index k = options.affinity_neighbors;
  require(k >= 0 && k < n, "--affinity-neighbors", static_cast<double>(k), fmt::format("choose 1 to {}, or 0", n - 1));
  if (options.affinities == AffinityKind::perplexity) validate_perplexities(options, n);
  if (options.affinities == AffinityKind::gaussian) {
    require(options.sigma > 0 && std::isfinite(options.sigma), "--sigma", options.sigma,
            "choose a positive number, in units of neighbor distances");
  }
}

}  // namespace

void Options::validate(Index n) const {
  if (n < 4) {
    throw InputError("", "data", "has " + std::to_string(n) + " rows, too few for t-SNE", "use at least 4");
  }
  validate_affinities(*this, n);
  require(dimensions >= 1, "--dimensions", static_cast<double>(dimensions), "choose 1 or more");
  require(early_exaggeration >= 1 && std::isfinite(early_exaggeration), "--early-exaggeration", early_exaggeration,
          "choose 1 or more");
  require(early_exaggeration_iterations >= 0, "--early-exaggeration-iterations",
          static_cast<double>(early_exaggeration_iterations), "choose 0 or more");
  require(iterations >= 0, "--iterations", static_cast<double>(iterations), "choose 0 or more");
  require(learning_rate >= 0 && std::isfinite(learning_rate), "--learning-rate", learning_rate,
          "choose a positive number, or 0 for points / exaggeration");
  require(exaggeration > 0 && std::isfinite(exaggeration), "--exaggeration", exaggeration, "choose a positive number");
  require(dof >= 0.1 && dof <= 100, "--dof", dof, "choose a number from 0.1 to 100");
  require(initial_momentum >= 0 && initial_momentum < 1, "--initial-momentum", initial_momentum,
          "choose a number of at least 0 and below 1");
  require(momentum >= 0 && momentum < 1, "--momentum", momentum, "choose a number of at least 0 and below 1");
  require(max_step_norm >= 0, "--max-step-norm", max_step_norm, "choose a positive number, or 0 for no limit");
  require(min_gain >= 0 && min_gain <= 1, "--min-gain", min_gain, "choose a number from 0 to 1");
  require(min_gradient_norm >= 0, "--min-grad-norm", min_gradient_norm, "choose a positive number, or 0 for never");
  require(iterations_without_progress >= 0, "--iterations-without-progress",
          static_cast<double>(iterations_without_progress), "choose a positive number, or 0 for never");
  require(frames_every >= 0, "--frames-every", static_cast<double>(frames_every),
          "choose a positive number, or 0 for no frames");
  require(repulsion != RepulsionMethod::fft || dimensions <= 2, "--dimensions", static_cast<double>(dimensions),
          "choose 1 or 2 for --repulsion fft, or another repulsion");
  require(repulsion != RepulsionMethod::barnes_hut || dimensions == 2 || dimensions == 3, "--dimensions",
          static_cast<double>(dimensions), "choose 2 or 3 for --repulsion barnes-hut, or another repulsion");
  require(theta >= 0 && theta <= 2, "--theta", theta, "choose a number from 0 to 2");
  require(grid_spacing >= 0.05 && grid_spacing <= 1, "--grid-spacing", grid_spacing, "choose a number from 0.05 to 1");
}

Index Options::neighbors_needed(Index n) const {
  if (affinity_neighbors > 0) return std::min(n - 1, affinity_neighbors);
  if (affinities != AffinityKind::perplexity) return std::min(n - 1, Index{30});
  return tsne::neighbors_needed(*std::max_element(perplexity.begin(), perplexity.end()), n);
}

double Options::exaggeration_at(Index step) const {
  return step < early_exaggeration_iterations ? early_exaggeration : exaggeration;
}

double Options::learning_rate_at(Index step, Index n) const {
  if (learning_rate > 0) return learning_rate;
  const double count = static_cast<double>(n);
  if (learning_rate_rule == LearningRateRule::constant) return std::max(200.0, count / early_exaggeration);
  return count / exaggeration_at(step);
}

Index neighbors_needed(double perplexity, Index n) {
  return std::min(n - 1, static_cast<Index>(std::floor(3 * perplexity)));
}

void apply(Preset preset, Options& options) {
  const Options ours;  // openTSNE's
  options.early_exaggeration = ours.early_exaggeration;
  options.early_exaggeration_iterations = ours.early_exaggeration_iterations;
  options.exaggeration = ours.exaggeration;
  options.min_gain = ours.min_gain;
  options.momentum = ours.momentum;
  options.theta = ours.theta;

  const bool by_tree = preset == Preset::scikit_learn || preset == Preset::bhtsne;
  options.iterations = by_tree ? 750 : ours.iterations;
  options.initial_momentum = preset == Preset::opentsne ? ours.initial_momentum : 0.5;
  options.learning_rate = preset == Preset::bhtsne ? 200 : 0;
  options.learning_rate_rule = preset == Preset::opentsne ? LearningRateRule::by_phase : LearningRateRule::constant;
  options.max_step_norm = by_tree ? 0 : ours.max_step_norm;
  options.repulsion = by_tree ? RepulsionMethod::barnes_hut : RepulsionMethod::automatic;
  options.min_gradient_norm = preset == Preset::scikit_learn ? 1e-7 : 0;
  options.iterations_without_progress = preset == Preset::scikit_learn ? 300 : 0;
}

}  // namespace replearn::tsne
