#pragma once
#include <span>
#include <vector>

#include "data/word_ids.hpp"
#include "methods/word2vec/huffman.hpp"
#include "methods/word2vec/model.hpp"
#include "methods/word2vec/sampling.hpp"
#include "numerics/logistic_updates.hpp"

namespace replearn::word2vec {

/// What training knows of the words and does not change. One a node, seen by all its ranks.
struct Samplers {
  /// All ranks of node, which must outlive it.
  Samplers(const mpi::Communicator& node, std::span<const Index> counts, const Options& options);
  NoiseWords noise;
  Subsampling subsampling;
  Huffman tree;
};

/// Where rows are read and changed: in the model itself.
class SharedRows {
 public:
  explicit SharedRows(const Model& model) : model_(&model) {}
  float* row(Part part, Index i) { return model_->row(part, i); }

 private:
  const Model* model_;
};

/// Trains on running text, sentence by sentence (Mikolov et al. 2013, "Distributed representations of words and phrases
/// and their compositionality"). A sentence is a line, or what is left of it after subsampling cut at every 1,000
/// words, as in the C program (max_sentence_length). For each middle word w with context words c in its window:
///
///     skip-gram   the rows of all c against w and `negative` words drawn for the whole window (Ji et al. 2016): one
///                 small product for 2 window (1 + negative) pairs
///     cbow        the mean of the rows of all c against the same
///
/// With hierarchical softmax, against the inner nodes on w's path. A drawn word that is w itself is left out.
/// Rows: SharedRows or PrivateRows. Rows of the next window are fetched into the cache while one is worked on.
template <class Rows>
class Learner {
 public:
  Learner(const Options& options, const Samplers& samplers, Rows rows, std::size_t max_sentence_length = 1000);

  /// More of the text; trains on the sentences that end in it. alpha: called before each sentence with the words taken
  /// since it was called last, gives the learning rate.
  template <class Alpha>
  void take(std::span<const WordId> words, RandomStream& random, Alpha&& alpha) {
    for (const WordId word : words) {
      if (word != line_end) {
        ++taken_;
        if (!samplers_.subsampling.keeps(word, random)) continue;
        sentence_.push_back(word);
        if (sentence_.size() < max_sentence_length_) continue;
      }
      finish(random, alpha);
    }
  }
  /// The end of a text is the end of a sentence.
  template <class Alpha>
  void finish(RandomStream& random, Alpha&& alpha) {
    const double rate = alpha(taken_);
    taken_ = 0;
    if (sentence_.size() > 1) train(random, static_cast<float>(rate));
    sentence_.clear();
  }

  Rows& rows() { return rows_; }
  LogisticUpdates& updates() { return updates_; }

 private:
  struct Window {
    std::vector<float*> inputs, noise, inner;
    std::int32_t middle = 0;
  };
  void train(RandomStream& random, float rate);
  void prepare(std::size_t middle, RandomStream& random, Window& window);
  void step(const Window& window, float rate);
  void fetch(const float* row) const;

  const Options& options_;
  const Samplers& samplers_;
  Rows rows_;
  std::size_t max_sentence_length_;
  LogisticUpdates updates_;
  std::vector<WordId> sentence_;
  Index taken_ = 0;
  Window now_, next_;
  std::vector<float> noise_targets_, inner_targets_;
};

}  // namespace replearn::word2vec
