#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mpi/communicator.hpp"
#include "text/tokens.hpp"
#include "text/word_table.hpp"

namespace replearn::phrases {

/// Score of a pair of words a b.
///
/// count: Mikolov et al. 2013 ("Distributed representations of words and phrases"), as the C program's word2phrase:
///        (n(ab) - discount) / (n(a) n(b)) times the words of the text
/// npmi:  Bouma 2009, normalized pointwise mutual information: log(p(ab) / (p(a) p(b))) / -log p(ab), in [-1, 1]
enum class Score { count, npmi };

struct Options {
  Score score = Score::count;
  std::vector<double> thresholds = {100};  ///< of each pass; pairs that score above it are joined
  Index min_count = 5;                     ///< words and pairs that occur less often are never joined
  double discount = 5;                     ///< of score count

  /// Throws InputError naming the option.
  void validate() const;
};

/// Pairs of words to be joined in successive passes: the phrases of one pass are words of the next, so that two passes
/// join up to four words. Replicated on every rank.
class Phrases {
 public:
  /// Adds the pairs of the next pass, as "a b".
  void add(const std::vector<std::string>& pairs);
  Index passes() const { return static_cast<Index>(passes_.size()); }
  Index size(Index pass) const { return passes_[pass].size(); }
  /// Joins the words of a line in place, from left to right; a joined pair takes no part in the next pair. Local.
  void join(std::vector<std::string>& line) const;

 private:
  std::vector<WordTable> passes_;
};

/// Iterates over the lines of a rank's text as lists of words, from the start on each call.
using EachLine = std::function<void(const std::function<void(std::vector<std::string>& line)>& take)>;

/// Finds the phrases of a text whose lines are distributed over the ranks; the same on any number of ranks. Each pass
/// reads the text once. All ranks.
/// Throws on all ranks what `lines` throws.
/// Memory: the distinct words and pairs of the local text, and this rank's share of all of them.
Phrases find(const mpi::Communicator& comm, const EachLine& lines, const Options& options);

}  // namespace replearn::phrases
