#pragma once
#include <memory>
#include <vector>

#include "methods/word2vec/learner.hpp"
#include "text/word_ids.hpp"

namespace replearn::word2vec {

/// Deterministic training, equal to the bit on any number of ranks; see README.md, "Deterministic training".
class Lanes {
 public:
  static constexpr Index lanes = 8;
  /// Vocabulary words that a lane processes between two synchronizations.
  static constexpr std::size_t words_per_round = 500;
  /// Shorter than in the default mode: a sentence is trained as a whole, and lanes must not diverge.
  static constexpr std::size_t max_sentence_length = 250;

  /// All arguments except the options must outlive it. node: the ranks that share `model`.
  Lanes(const mpi::Communicator& comm, const mpi::Communicator& node, Model& model, const Options& options,
        const Samplers& samplers);

  /// The epoch and shard that determine the random numbers and where losses are recorded.
  struct Task {
    Index epoch, shard;
  };
  /// Trains on the shards, at most one per lane. words: number of words processed before; those of the shards are
  /// added. losses, pairs: per epoch over all ranks; the contributions of all lanes are added, equal to the bit on
  /// every rank. All ranks.
  void train(const std::vector<Task>& tasks, const WordStream& text, Index& words, std::vector<double>& losses,
             std::vector<Index>& pairs);

 private:
  struct Lane;
  bool is_mine(Index lane) const { return lane % comm_.size() == comm_.rank(); }
  void synchronize();

  const mpi::Communicator& comm_;
  const mpi::Communicator& node_;
  Model& model_;
  Options options_;
  const Samplers& samplers_;
  std::vector<std::shared_ptr<Lane>> all_;  ///< null for lanes of other ranks
};

}  // namespace replearn::word2vec
