#include "methods/word_queries/evaluation.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/unicode.hpp"
#include "methods/word_queries/nearest.hpp"
#include "mpi/collectives.hpp"
#include "numerics/rank_correlation.hpp"

namespace replearn::word_queries {
namespace {

/// Number of each case-folded word: that of the most frequent word with this folding. Root.
class FoldedWords {
 public:
  FoldedWords(const std::vector<std::string>& words, Index limit) {
    for (Index i = 0; i < limit; ++i) first_.push_back(number_.emplace(unicode::folded(words[i]), i).first->second);
  }
  /// -1 if it does not exist.
  Index find(const std::string& word) const {
    const auto at = number_.find(unicode::folded(word));
    return at == number_.end() ? -1 : at->second;
  }
  Index first_alike(Index number) const { return first_[number]; }

 private:
  std::unordered_map<std::string, Index> number_;
  std::vector<Index> first_;
};

DistributedMatrix unit_rows(const DistributedMatrix& vectors) {
  DistributedMatrix unit = vectors;
  normalize_rows(unit.local);
  return unit;
}

}  // namespace

std::vector<SectionScore> answer(const mpi::Communicator& comm, const WordVectors& vectors,
                                 const std::vector<Section>& sections, Index words) {
  const Index limit = words > 0 ? std::min(words, vectors.vectors.rows()) : vectors.vectors.rows();
  const FoldedWords known(vectors.words, comm.is_root() ? limit : 0);
  std::vector<SectionScore> scores;
  std::vector<Index> section_of, numbers;  // of each question that can be answered; its a, b, c, d
  for (const auto& section : sections) {
    scores.push_back({section.name, 0, 0, static_cast<Index>(section.questions.size())});
    for (const auto& q : section.questions) {
      const Index found[] = {known.find(q.a), known.find(q.b), known.find(q.c), known.find(q.d)};
      if (std::count(found, found + 4, -1) > 0) continue;
      numbers.insert(numbers.end(), found, found + 4);
      section_of.push_back(static_cast<Index>(scores.size()) - 1);
      ++scores.back().asked;
    }
  }
  numbers = mpi::broadcast(comm, std::move(numbers));
  const auto unit = unit_rows(vectors.vectors);
  constexpr std::size_t together = 4096;  // questions processed at a time
  for (std::size_t begin = 0; begin < numbers.size() / 4; begin += together) {
    const auto end = std::min(begin + together, numbers.size() / 4);
    const std::vector<Index> asked(numbers.begin() + static_cast<std::ptrdiff_t>(4 * begin),
                                   numbers.begin() + static_cast<std::ptrdiff_t>(4 * end));
    const RowMatrix rows = rows_of(comm, unit, asked);
    const auto count = static_cast<Index>(end - begin);
    RowMatrix queries(count, unit.columns());
    std::vector<std::vector<Index>> leave_out;
    for (Index q = 0; q < count; ++q) {
      queries.row(q) = rows.row(4 * q + 1) - rows.row(4 * q) + rows.row(4 * q + 2);
      leave_out.emplace_back(asked.begin() + 4 * q, asked.begin() + 4 * q + 3);
    }
    const auto best = nearest(comm, unit, queries, leave_out, 1, limit);
    for (std::size_t q = 0; comm.is_root() && q < best.size(); ++q) {
      const bool right =
          !best[q].empty() && best[q][0].cosine > 0 && known.first_alike(best[q][0].word) == asked[4 * q + 3];
      scores[section_of[begin + q]].right += right ? 1 : 0;
    }
  }
  return scores;
}

SimilarityScore compare(const mpi::Communicator& comm, const WordVectors& vectors, const std::vector<Pair>& pairs) {
  const FoldedWords known(vectors.words, comm.is_root() ? vectors.vectors.rows() : 0);
  std::vector<Index> numbers;
  std::vector<double> ratings, cosines;
  for (const auto& pair : pairs) {
    const Index a = known.find(pair.a), b = known.find(pair.b);
    if (a < 0 || b < 0) continue;
    numbers.insert(numbers.end(), {a, b});
    ratings.push_back(pair.rating);
  }
  numbers = mpi::broadcast(comm, std::move(numbers));
  const RowMatrixD rows = rows_of(comm, unit_rows(vectors.vectors), numbers).cast<double>();
  for (Index i = 0; i + 1 < rows.rows(); i += 2) cosines.push_back(rows.row(i).dot(rows.row(i + 1)));
  SimilarityScore score{0, static_cast<Index>(ratings.size()), static_cast<Index>(pairs.size())};
  if (comm.is_root()) score.spearman = spearman(ratings, cosines);
  return score;
}

}  // namespace replearn::word_queries
