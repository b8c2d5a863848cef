#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {
namespace {

void require(bool holds, const std::string& option, double value, const std::string& mend) {
  if (!holds) throw InputError("", option, format("is %g", value), mend);
}

}  // namespace

void Options::validate(Index n) const {
  if (n < 4) {
    throw InputError("", "data", "has " + std::to_string(n) + " rows, too few for t-SNE", "give 4 or more");
  }
  require(perplexity >= 1, "--perplexity", perplexity, "choose 1 or more");
  if (3 * perplexity > static_cast<double>(n - 1)) {
    // Rounded down, so that the value named passes.
    const double largest = std::floor(100 * static_cast<double>(n - 1) / 3) / 100;
    throw InputError(
        "", "--perplexity",
        format("is %g, but %lld points have too few neighbors for it", perplexity, static_cast<long long>(n)),
        format("choose at most %g", largest));
  }
  require(dimensions >= 1, "--dimensions", static_cast<double>(dimensions), "choose 1 or more");
  require(early_exaggeration >= 1 && std::isfinite(early_exaggeration), "--early-exaggeration", early_exaggeration,
          "choose 1 or more");
  require(early_exaggeration_iterations >= 0, "--early-exaggeration-iterations",
          static_cast<double>(early_exaggeration_iterations), "choose 0 or more");
  require(iterations >= 0, "--iterations", static_cast<double>(iterations), "choose 0 or more");
  require(learning_rate >= 0 && std::isfinite(learning_rate), "--learning-rate", learning_rate,
          "choose a positive number, or 0 for points / exaggeration");
  require(momentum >= 0 && momentum < 1, "--momentum", momentum, "choose a number from 0 to below 1");
  require(max_step_norm >= 0, "--max-step-norm", max_step_norm, "choose a positive number, or 0 for no limit");
  require(repulsion != RepulsionMethod::fft || dimensions <= 2, "--dimensions", static_cast<double>(dimensions),
          "choose 1 or 2 for --repulsion fft, or another repulsion");
  require(repulsion != RepulsionMethod::barnes_hut || dimensions == 2 || dimensions == 3, "--dimensions",
          static_cast<double>(dimensions), "choose 2 or 3 for --repulsion barnes-hut, or another repulsion");
  require(theta >= 0 && theta <= 2, "--theta", theta, "choose a number from 0 to 2");
  require(grid_spacing >= 0.05 && grid_spacing <= 1, "--grid-spacing", grid_spacing, "choose a number from 0.05 to 1");
}

Index neighbors_needed(double perplexity, Index n) {
  return std::min(n - 1, static_cast<Index>(std::floor(3 * perplexity)));
}

}  // namespace replearn::tsne
