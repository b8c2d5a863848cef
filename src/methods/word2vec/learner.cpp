#include "methods/word2vec/learner.hpp"

#include <algorithm>
#include <utility>

#include "methods/word2vec/private_rows.hpp"

namespace replearn::word2vec {

Samplers::Samplers(const mpi::Communicator& node, std::span<const Index> counts, const Options& options)
    : noise(options.negative > 0 ? NoiseWords(node, counts, options.sampling_power) : NoiseWords()),
      subsampling(node, counts, options.sample),
      tree(options.hierarchical_softmax ? Huffman(node, counts) : Huffman()) {}

template <class Rows>
Learner<Rows>::Learner(const Options& options, const Samplers& samplers, Rows rows, std::size_t max_sentence_length)
    : options_(options),
      samplers_(samplers),
      rows_(std::move(rows)),
      max_sentence_length_(max_sentence_length),
      updates_(options.dimensions, options.architecture == Architecture::skip_gram ? 2 * options.window : 1,
               std::max(options.negative + 1, samplers.tree.max_code_length())),
      noise_targets_(static_cast<std::size_t>(options.negative) + 1, 0.0f) {
  noise_targets_.front() = 1;
}

template <class Rows>
void Learner<Rows>::train(RandomStream& random, float rate) {
  prepare(0, random, now_);
  for (std::size_t middle = 0; middle < sentence_.size(); ++middle) {
    if (middle + 1 < sentence_.size()) prepare(middle + 1, random, next_);
    step(now_, rate);
    std::swap(now_, next_);
  }
}

template <class Rows>
void Learner<Rows>::prepare(std::size_t middle, RandomStream& random, Window& window) {
  const auto widest = static_cast<std::size_t>(options_.window);
  const auto reach = options_.shrink_window ? 1 + random.below(static_cast<std::uint32_t>(widest)) : widest;
  const std::size_t begin = middle - std::min<std::size_t>(middle, reach);
  const std::size_t end = std::min(middle + reach + 1, sentence_.size());

  window.middle = sentence_[middle];
  window.inputs.clear();
  for (std::size_t at = begin; at < end; ++at) {
    if (at != middle) window.inputs.push_back(rows_.row(Part::input, sentence_[at]));
  }
  // Prefetches the last word of the widest window; the others were in previous windows.
  if (middle + widest < sentence_.size()) fetch(rows_.row(Part::input, sentence_[middle + widest]));

  // Negative sampling: the center word and negative samples from the noise distribution.
  window.noise.clear();
  if (options_.negative > 0) {
    window.noise.push_back(rows_.row(Part::noise, window.middle));
    for (Index draw = 0; draw < options_.negative; ++draw) {
      const std::int32_t word = samplers_.noise.draw(random);
      if (word != window.middle) window.noise.push_back(rows_.row(Part::noise, word));
    }
    for (const float* row : window.noise) fetch(row);
  }

  // Hierarchical softmax: the inner nodes on the path to the center word.
  window.inner.clear();
  if (options_.hierarchical_softmax) {
    for (const auto node : samplers_.tree.path(window.middle)) {
      window.inner.push_back(rows_.row(Part::inner, node));
      fetch(window.inner.back());
    }
  }
}

template <class Rows>
void Learner<Rows>::step(const Window& window, float rate) {
  const auto one = [&](std::span<float* const> outputs, std::span<const float> targets) {
    if (options_.architecture == Architecture::skip_gram)
      updates_.step(window.inputs, outputs, targets, rate);
    else
      updates_.step_mean(window.inputs, outputs, targets, rate);
  };
  if (options_.hierarchical_softmax) {
    inner_targets_.clear();
    for (const auto bit : samplers_.tree.code(window.middle)) inner_targets_.push_back(bit == 0 ? 1.0f : 0.0f);
    one(window.inner, inner_targets_);
  }
  if (options_.negative > 0) one(window.noise, std::span(noise_targets_).first(window.noise.size()));
}

template <class Rows>
void Learner<Rows>::fetch(const float* row) const {
  for (Index k = 0; k < LogisticUpdates::stride_of(options_.dimensions); k += 16) __builtin_prefetch(row + k, 1, 3);
}

template class Learner<SharedRows>;
template class Learner<PrivateRows>;

}  // namespace replearn::word2vec
