#pragma once
#include <span>
#include <string>
#include <vector>

#include "data/word_vectors.hpp"

namespace replearn::word_queries {

/// a is to b as c is to d.
struct Question {
  std::string a, b, c, d;
};
struct Section {
  std::string name;
  std::vector<Question> questions;
};
struct SectionScore {
  std::string name;
  Index right = 0, asked = 0, in_all = 0;  ///< asked: all four words are known
};

/// How many of the questions vector(b) - vector(a) + vector(c) answers: the nearest word by cosine, a, b and c left
/// out, is d. As the C program's compute-accuracy counts: capitals and small letters alike (of all scripts), of words
/// that then are the same the most frequent stands for all; questions with a word that is not there are not asked.
/// words: only the most frequent so many are known (the C program's threshold); 0: all. sections: on root. All ranks;
/// scores on root.
std::vector<SectionScore> answer(const mpi::Communicator& comm, const WordVectors& vectors,
                                 const std::vector<Section>& sections, Index words);

/// Two words and how alike people find them.
struct Pair {
  std::string a, b;
  double judged;
};
struct SimilarityScore {
  double spearman = 0;  ///< rank correlation of judgments and cosines, over the pairs compared; NaN if it has none
  Index compared = 0, in_all = 0;
};
/// Capitals and small letters alike, as above. pairs: on root. All ranks; the score on root.
SimilarityScore compare(const mpi::Communicator& comm, const WordVectors& vectors, const std::vector<Pair>& pairs);

/// Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of theirs. NaN if either is
/// constant. Local. O(n log n).
double spearman(std::span<const double> x, std::span<const double> y);

}  // namespace replearn::word_queries
