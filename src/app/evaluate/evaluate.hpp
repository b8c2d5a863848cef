#pragma once
#include <functional>
#include <string>
#include <vector>

#include "app/session.hpp"
#include "methods/word_queries/evaluation.hpp"

namespace replearn::app {

struct EvaluateSettings {
  std::string input, analogies;
  std::vector<std::string> similarity;
  Index known_words = 30'000;
};

/// Receives each result when it is known. Called on root.
struct EvaluationReport {
  std::function<void(const std::vector<word_queries::SectionScore>& sections)> analogies;
  std::function<void(const std::string& file, const word_queries::SimilarityScore& score)> similarity;
};

/// Evaluates word vectors on analogies and on similarity ratings. All ranks. Throws InputError if no line of a file has
/// known words only.
void evaluate_vectors(Session& session, const EvaluateSettings& settings, const EvaluationReport& report);

}  // namespace replearn::app
