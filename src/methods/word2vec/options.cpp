#include "methods/word2vec/options.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"

namespace replearn::word2vec {

void Options::validate(Index vocabulary) const {
  require(vocabulary >= 2, "the vocabulary", "has fewer than two words", "use more text, or a smaller --min-count");
  require(vocabulary < std::numeric_limits<std::int32_t>::max(), "the vocabulary", "has more than 2^31 words",
          "raise --min-count");
  require(dimensions >= 1, "--dimensions", "must be at least 1", "100 to 300 are usual");
  require(window >= 1, "--window", "must be at least 1", "5 is usual");
  require(negative >= 0, "--negative", "must not be negative", "5 is usual; 0 with --hierarchical-softmax");
  require(negative > 0 || hierarchical_softmax, "--negative", "is 0, and hierarchical softmax is off",
          "choose one of the two");
  require(std::isfinite(sampling_power), "--sampling-power", "must be a number", "0.75 is usual");
  require(sample >= 0 && sample < 1, "--sample", "must be in [0, 1)", "1e-3 to 1e-5 are usual, 0 keeps all words");
  require(epochs >= 1, "--epochs", "must be at least 1", "3 to 5 are usual");
  require(alpha >= 0 && std::isfinite(alpha), "--alpha", "must not be negative", "0 selects the default");
  require(min_alpha >= 0 && std::isfinite(min_alpha), "--min-alpha", "must not be negative", "0 selects the default");
  require(sync_words >= 1, "--sync-words", "must be at least 1", "omit it");
  require(sync_rows >= 1, "--sync-rows", "must be at least 1", "omit it");
}

double Options::default_alpha(Index models) const {
  const double one = architecture == Architecture::cbow ? 0.05 : 0.025;
  return one * static_cast<double>(std::clamp<Index>(models, 1, 4));
}

double Options::alpha_at(double progress, Index models) const {
  const double start = alpha > 0 ? alpha : default_alpha(models);
  const double end = min_alpha > 0 ? min_alpha : start * 1e-4;
  return start + (end - start) * std::clamp(progress, 0.0, 1.0);
}

void apply(Preset preset, Options& options) {
  const Options ours;
  options.architecture = preset == Preset::replearn ? ours.architecture : Architecture::cbow;
  options.dimensions = 100;
  options.window = 5;
  options.shrink_window = true;
  options.negative = 5;
  options.hierarchical_softmax = false;
  options.sampling_power = 0.75;
  options.sample = preset == Preset::replearn ? ours.sample : 1e-3;
  options.epochs = 5;
  options.alpha = preset == Preset::google ? 0.05 : preset == Preset::gensim ? 0.025 : ours.alpha;
  options.min_alpha = preset == Preset::gensim ? 1e-4 : 0;
}

}  // namespace replearn::word2vec
