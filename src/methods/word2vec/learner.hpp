#pragma once
#include <span>
#include <vector>

#include "methods/word2vec/huffman.hpp"
#include "methods/word2vec/logistic_kernel.hpp"
#include "methods/word2vec/model.hpp"
#include "methods/word2vec/sampling.hpp"
#include "text/word_ids.hpp"

namespace replearn::word2vec {

/// Constant tables for training: noise distribution, subsampling and Huffman tree. One copy per node, shared by its
/// ranks.
struct Samplers {
  /// All ranks of node, which must outlive it.
  Samplers(const mpi::Communicator& node, std::span<const Index> counts, const Options& options);
  NoiseDistribution noise;
  Subsampling subsampling;
  Huffman tree;
};

/// Row access for asynchronous training: rows are read and updated in the model itself.
class SharedRows {
 public:
  explicit SharedRows(const Model& model) : model_(&model) {}
  float* row(Part part, Index i) { return model_->row(part, i); }

 private:
  const Model* model_;
};

/// Trains on running text, sentence by sentence (Mikolov et al. 2013, "Distributed representations of words and phrases
/// and their compositionality"). A sentence is a line, cut after every 1,000 words that subsampling keeps
/// (max_sentence_length), as in the C program. For each center word w with context words c in its window:
///
///     skip-gram   the input vectors of all c against the output vectors of w and of `negative` samples drawn once per
///                 window (Ji et al. 2016): one small product for 2 window (1 + negative) pairs
///     cbow        the mean of the input vectors of all c against the same output vectors
///
/// With hierarchical softmax, the output vectors are those of the inner nodes on the path of w. Negative samples equal
/// to w are skipped. Rows: SharedRows or PrivateRows. Rows of the next window are prefetched during the current one.
template <class Rows>
class Learner {
 public:
  Learner(const Options& options, const Samplers& samplers, Rows rows, std::size_t max_sentence_length = 1000);

  /// Consumes more text and trains on the sentences that end in it. alpha: called before each sentence with the number
  /// of words processed since the previous call; returns the learning rate.
  template <class Alpha>
  void train_on(std::span<const WordId> words, RandomStream& random, Alpha&& alpha) {
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
  /// Trains on the last sentence; to be called at the end of a text.
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
    std::vector<float*> inputs, outputs, inner;
    std::int32_t center = 0;
  };
  void train(RandomStream& random, float rate);
  void prepare(std::size_t center, RandomStream& random, Window& window);
  void step(const Window& window, float rate);
  void prefetch(const float* row) const;

  const Options& options_;
  const Samplers& samplers_;
  Rows rows_;
  std::size_t max_sentence_length_;
  LogisticUpdates updates_;
  std::vector<WordId> sentence_;
  Index taken_ = 0;
  Window now_, next_;
  std::vector<float> output_targets_, inner_targets_;
};

}  // namespace replearn::word2vec
