#pragma once

namespace replearn::word2vec {

/// The parts of a model. input: what comes out as the words' vectors; noise: the other side of negative sampling, one
/// row a word; inner: of hierarchical softmax, one row an inner node of the tree, the root first.
enum class Part { input, noise, inner };

}  // namespace replearn::word2vec
