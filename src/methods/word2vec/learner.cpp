#include "methods/word2vec/learner.hpp"

#include <algorithm>
#include <utility>

#include "methods/word2vec/private_rows.hpp"

namespace replearn::word2vec {

Samplers::Samplers(const mpi::Communicator& node, std::span<const Index> counts, const Options& options)
    : noise(options.negative > 0 ? NoiseDistribution(node, counts, options.sampling_power) : NoiseDistribution()),
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
      output_targets_(static_cast<std::size_t>(options.negative) + 1, 0.0f) {
  output_targets_.front() = 1;
}

template <class Rows>
void Learner<Rows>::train(RandomStream& random, float rate) {
  prepare(0, random, now_);
  for (std::size_t center = 0; center < sentence_.size(); ++center) {
    if (center + 1 < sentence_.size()) prepare(center + 1, random, next_);
    step(now_, rate);
    std::swap(now_, next_);
  }
}

template <class Rows>
void Learner<Rows>::prepare(std::size_t center, RandomStream& random, Window& window) {
  const auto max_half_width = static_cast<std::size_t>(options_.window);
  const auto half_width =
      options_.shrink_window ? 1 + random.below(static_cast<std::uint32_t>(max_half_width)) : max_half_width;
  const std::size_t begin = center - std::min<std::size_t>(center, half_width);
  const std::size_t end = std::min(center + half_width + 1, sentence_.size());

  window.center = sentence_[center];
  window.inputs.clear();
  for (std::size_t at = begin; at < end; ++at) {
    if (at != center) window.inputs.push_back(rows_.row(Part::input, sentence_[at]));
  }
  // Prefetches the last word of the widest window; the others were in previous windows.
  if (center + max_half_width < sentence_.size()) prefetch(rows_.row(Part::input, sentence_[center + max_half_width]));

  // Negative sampling: the center word and negative samples from the noise distribution.
  window.outputs.clear();
  if (options_.negative > 0) {
    window.outputs.push_back(rows_.row(Part::output, window.center));
    for (Index draw = 0; draw < options_.negative; ++draw) {
      const std::int32_t word = samplers_.noise.draw(random);
      if (word != window.center) window.outputs.push_back(rows_.row(Part::output, word));
    }
    for (const float* row : window.outputs) prefetch(row);
  }

  // Hierarchical softmax: the inner nodes on the path to the center word.
  window.inner.clear();
  if (options_.hierarchical_softmax) {
    for (const auto node : samplers_.tree.path(window.center)) {
      window.inner.push_back(rows_.row(Part::inner, node));
      prefetch(window.inner.back());
    }
  }
}

template <class Rows>
void Learner<Rows>::step(const Window& window, float rate) {
  const auto update = [&](std::span<float* const> outputs, std::span<const float> targets) {
    if (options_.architecture == Architecture::skip_gram)
      updates_.step(window.inputs, outputs, targets, rate);
    else
      updates_.step_mean(window.inputs, outputs, targets, rate);
  };
  if (options_.hierarchical_softmax) {
    inner_targets_.clear();
    for (const auto bit : samplers_.tree.code(window.center)) inner_targets_.push_back(bit == 0 ? 1.0f : 0.0f);
    update(window.inner, inner_targets_);
  }
  if (options_.negative > 0) update(window.outputs, std::span(output_targets_).first(window.outputs.size()));
}

template <class Rows>
void Learner<Rows>::prefetch(const float* row) const {
  for (Index k = 0; k < LogisticUpdates::stride_of(options_.dimensions); k += 16) __builtin_prefetch(row + k, 1, 3);
}

template class Learner<SharedRows>;
template class Learner<PrivateRows>;

}  // namespace replearn::word2vec
