#pragma once
#include <cstdint>

#include "base/index.hpp"

namespace replearn::word2vec {

/// skip_gram: each context word predicts the center word (as in the C program; the paper states it the other way
/// round); cbow: the mean of the context words does.
enum class Architecture { skip_gram, cbow };

/// How the models of several nodes are averaged: in tiers, frequent words more often; or all rows every time.
enum class Sync { tiers, full };

struct Options {
  Architecture architecture = Architecture::skip_gram;
  Index dimensions = 100;
  Index window = 5;           ///< maximum number of context words on each side
  bool shrink_window = true;  ///< half-width of each window drawn from 1 to `window`
  Index negative = 5;         ///< negative samples; 0: none, hierarchical softmax alone
  bool hierarchical_softmax = false;
  double sampling_power = 0.75;  ///< negative samples are drawn in proportion to count^power
  double sample = 1e-4;          ///< words more frequent than this are subsampled at random; 0: no subsampling
  Index epochs = 5;
  double alpha = 0;      ///< initial learning rate; 0: default_alpha()
  double min_alpha = 0;  ///< final learning rate; 0: alpha / 10,000
  std::uint64_t seed = 1;

  Sync sync = Sync::tiers;
  Index sync_words = 100'000;  ///< words processed by a node between two averages
  Index sync_rows = 1024;      ///< rows of each matrix in the tier that every average covers

  bool deterministic = false;

  /// Throws InputError naming the option. vocabulary: number of words.
  void validate(Index vocabulary) const;
  /// The C program's 0.025, or 0.05 for cbow, times the number of models, at most 4: the mean of the models moves as
  /// far as one of them, while each has seen only its share of the words (figures in README.md).
  double default_alpha(Index models) const;
  /// Learning rate after a fraction `progress` in [0, 1] of the words of all epochs.
  double alpha_at(double progress, Index models) const;
};

/// Defaults of other programs, except for files, seed and threads.
enum class Preset { replearn, google, gensim };
void apply(Preset preset, Options& options);

}  // namespace replearn::word2vec
