#pragma once
#include <cstdint>

#include "base/index.hpp"

namespace replearn::word2vec {

/// skip_gram: each word of the window tells the middle one; cbow: the mean of them does.
enum class Architecture { skip_gram, cbow };

/// What nodes, each with a model of its own, average: tiers of frequency, the more frequent the oftener; all each time.
enum class Sync { tiers, full };

struct Options {
  Architecture architecture = Architecture::skip_gram;
  Index dimensions = 100;
  Index window = 5;           ///< words on either side, at most
  bool shrink_window = true;  ///< each window's half width is drawn from 1 to `window`
  Index negative = 5;         ///< words drawn against each true one; 0: none, hierarchical softmax alone
  bool hierarchical_softmax = false;
  double sampling_power = 0.75;  ///< words are drawn in proportion to count^power
  double sample = 1e-4;          ///< occurrences of words more frequent than this are left out at random; 0: none are
  Index epochs = 5;
  double alpha = 0;      ///< learning rate at the start; 0: default_alpha()
  double min_alpha = 0;  ///< and at the end; 0: alpha / 10,000
  std::uint64_t seed = 1;

  Sync sync = Sync::tiers;
  Index sync_words = 100'000;  ///< words of a node between two averages
  Index sync_rows = 1024;      ///< of each matrix, in the tier that every average takes

  bool deterministic = false;

  /// Throws InputError naming the option. vocabulary: words.
  void validate(Index vocabulary) const;
  /// The C program's, 0.025 or 0.05 for cbow, times the number of models, at most 4: their mean moves as far as one of
  /// them, while each has seen its share of the words only (README.md has figures).
  double default_alpha(Index models) const;
  /// At this share of all words of all epochs, in [0, 1].
  double alpha_at(double progress, Index models) const;
};

/// Defaults of other programs, but for files, seed and threads.
enum class Preset { replearn, google, gensim };
void apply(Preset preset, Options& options);

}  // namespace replearn::word2vec
