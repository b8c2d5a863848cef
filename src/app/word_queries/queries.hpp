#pragma once
#include <string>
#include <utility>
#include <vector>

#include "app/session.hpp"
#include "text/word_vectors.hpp"

namespace replearn::app {

struct QuerySettings {
  std::string input;               ///< a file of word vectors
  std::vector<std::string> words;  ///< the query
  Index count = 10;                ///< results per query
};

/// Words with their cosine similarity to a query, most similar first.
using SimilarWords = std::vector<std::pair<std::string, float>>;

/// The words most similar to each query word, on root; empty elsewhere. All ranks. Throws InputError with the nearest
/// spelling of an unknown word.
std::vector<SimilarWords> nearest_words(Session& session, const QuerySettings& settings);

/// The words most similar to vector(b) - vector(a) + vector(c), for the query a, b, c; as nearest_words.
SimilarWords analogy(Session& session, const QuerySettings& settings);

/// Word vectors scaled to unit length. All ranks.
WordVectors read_unit_vectors(Session& session, const std::string& path);

}  // namespace replearn::app
