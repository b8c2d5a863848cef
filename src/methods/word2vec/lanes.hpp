#pragma once
#include <memory>
#include <vector>

#include "data/word_ids.hpp"
#include "methods/word2vec/learner.hpp"

namespace replearn::word2vec {

/// Training that comes out the same to the bit on any number of ranks; see State.
class Lanes {
 public:
  static constexpr Index lanes = 8;
  /// Words of the vocabulary that a lane takes between two meetings.
  static constexpr std::size_t words_per_round = 500;
  /// Shorter than elsewhere: a sentence is trained on as a whole, and lanes must not go far apart.
  static constexpr std::size_t max_sentence_length = 250;

  /// All arguments but the options must outlive it. node: the ranks that share `model`.
  Lanes(const mpi::Communicator& comm, const mpi::Communicator& node, Model& model, const Options& options,
        const Samplers& samplers);

  /// What a shard's random numbers are drawn from, and where what it taught is booked.
  struct Task {
    Index epoch, shard;
  };
  /// Trains on the shards, at most one a lane. words: taken before; those of the shards are added. All ranks.
  /// losses, pairs: of each epoch, over all ranks; what all lanes met is added, the same to the bit on every rank.
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
  std::vector<std::shared_ptr<Lane>> all_;  ///< null where another rank's
};

}  // namespace replearn::word2vec
