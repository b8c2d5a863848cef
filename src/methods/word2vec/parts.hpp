#pragma once

namespace replearn::word2vec {

/// Parts of a model. input: the word vectors that are the result; output: the output vectors of negative sampling, one
/// row per word; inner: the output vectors of hierarchical softmax, one row per inner node of the tree, the root first.
enum class Part { input, output, inner };

}  // namespace replearn::word2vec
