#pragma once
#include <string>
#include <vector>

#include "text/word_vectors.hpp"

namespace replearn::word_queries {

/// Analogy question: a is to b as c is to d.
struct Question {
  std::string a, b, c, d;
};
struct Section {
  std::string name;
  std::vector<Question> questions;
};
struct SectionScore {
  std::string name;
  Index right = 0, asked = 0, in_all = 0;  ///< asked: questions with four known words
};

/// Answers analogy questions: a question is right if d is the word nearest to vector(b) - vector(a) + vector(c) by
/// cosine, excluding a, b and c. Counted as by the C program's compute-accuracy: case is ignored (in all scripts), the
/// most frequent of words that differ only in case represents all of them, and questions with an unknown word are not
/// asked. words: number of most frequent words that are known (the C program's threshold); 0: all. sections: on root.
/// All ranks; scores on root.
std::vector<SectionScore> answer(const mpi::Communicator& comm, const WordVectors& vectors,
                                 const std::vector<Section>& sections, Index words);

/// Two words and their similarity as judged by people.
struct Pair {
  std::string a, b;
  double rating;
};
struct SimilarityScore {
  double spearman = 0;  ///< rank correlation of judgments and cosines over the compared pairs; NaN if undefined
  Index compared = 0, in_all = 0;
};
/// Scores word similarities. Case is ignored, as above. pairs: on root. All ranks; the score on root.
SimilarityScore compare(const mpi::Communicator& comm, const WordVectors& vectors, const std::vector<Pair>& pairs);

}  // namespace replearn::word_queries
