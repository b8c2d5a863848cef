#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/tokens.hpp"
#include "data/word_table.hpp"
#include "mpi/communicator.hpp"

namespace replearn::phrases {

/// count: Mikolov et al. 2013 ("Distributed representations of words and phrases"), as the C program's word2phrase:
///        (n(ab) - discount) / (n(a) n(b)) times the words of the text
/// npmi:  Bouma 2009, normalized pointwise mutual information: log(p(ab) / (p(a) p(b))) / -log p(ab), in [-1, 1]
enum class Score { count, npmi };

struct Options {
  Score score = Score::count;
  std::vector<double> thresholds = {100};  ///< of each pass; a pair with a score above it is joined
  Index min_count = 5;                     ///< words and pairs that occur more seldom are never joined
  double discount = 5;                     ///< of count

  /// Throws InputError naming the option.
  void validate() const;
};

/// Pairs of words to be joined, pass after pass: the phrases of one are words of the next, so that two passes join up
/// to four words. Every rank holds them all.
class Phrases {
 public:
  /// Pairs of the next pass, "a b".
  void add(const std::vector<std::string>& pairs);
  Index passes() const { return static_cast<Index>(passes_.size()); }
  Index size(Index pass) const { return passes_[static_cast<std::size_t>(pass)].size(); }
  /// Joins the words of a line in place, from left to right: a pair that is joined has no part in the next one. Local.
  void join(std::vector<std::string>& line) const;

 private:
  std::vector<WordTable> passes_;
};

/// The lines of a rank's text, in words, each time it is called anew from the start.
using EachLine = std::function<void(const std::function<void(std::vector<std::string>& line)>& take)>;

/// Candidates the phrases of a text of which each rank brings its lines; the same on any number of ranks. Each pass
/// goes through the text once. All ranks. Throws on all ranks what `lines` throws. Memory: the different words and
/// pairs of a rank's text, and its share of all of them.
Phrases find(const mpi::Communicator& comm, const EachLine& lines, const Options& options);

}  // namespace replearn::phrases
