#include "methods/phrases/phrases.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "text/shared_counts.hpp"

namespace replearn::phrases {
namespace {

double score_of(const Options& options, Index a, Index b, Index both, Index words) {
  const auto n_a = static_cast<double>(a), n_b = static_cast<double>(b), n_ab = static_cast<double>(both),
             n = static_cast<double>(words);
  if (options.score == Score::count) return (n_ab - options.discount) / n_a / n_b * n;
  const double p = n_ab / n;
  return p < 1 ? std::log(p / (n_a / n * (n_b / n))) / -std::log(p) : 1;
}

/// The pairs of the text, after previous joins, that score above the threshold.
std::vector<std::string> pairs_of(const mpi::Communicator& comm, const EachLine& lines, const Phrases& so_far,
                                  const Options& options, double threshold) {
  SharedCounts words(comm), pairs(comm);
  Index met = 0;
  mpi::run_collectively(comm, [&] {
    std::string pair;
    lines([&](std::vector<std::string>& line) {
      so_far.join(line);
      for (std::size_t i = 0; i < line.size(); ++i) {
        words.add(line[i]);
        if (i == 0) continue;
        pair.assign(line[i - 1]).append(1, ' ').append(line[i]);
        pairs.add(pair);
      }
      met += static_cast<Index>(line.size());
    });
  });
  words.exchange();
  pairs.exchange();
  met = mpi::all_reduce(comm, met, mpi::Reduction::sum);
  const auto frequent = words.frequent(options.min_count), frequent_pairs = pairs.frequent(options.min_count);
  std::unordered_map<std::string_view, Index> count_of;
  for (std::size_t i = 0; i < frequent.texts.size(); ++i) count_of.emplace(frequent.texts[i], frequent.counts[i]);
  std::vector<std::string> chosen;
  for (std::size_t i = 0; i < frequent_pairs.texts.size(); ++i) {
    const std::string_view pair = frequent_pairs.texts[i];
    const auto blank = pair.find(' ');
    const Index a = count_of.at(pair.substr(0, blank)), b = count_of.at(pair.substr(blank + 1));
    if (score_of(options, a, b, frequent_pairs.counts[i], met) > threshold) chosen.emplace_back(pair);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

void Options::validate() const {
  require(!thresholds.empty(), "--threshold", "contains no number", "200,100 makes two passes");
  for (const double threshold : thresholds) {
    require(std::isfinite(threshold), "--threshold", "must be numbers", "200,100 makes two passes");
    require(score == Score::count || (threshold > -1 && threshold < 1), "--threshold",
            "must be in (-1, 1) with --score npmi", "0.5 for example");
  }
  require(min_count >= 1, "--min-count", "must be at least 1", "5 is usual");
  require(discount >= 0, "--discount", "must not be negative", "5 is usual");
}

void Phrases::add(const std::vector<std::string>& pairs) {
  passes_.emplace_back();
  for (const auto& pair : pairs) passes_.back().insert(pair);
}

void Phrases::join(std::vector<std::string>& line) const {
  std::string pair;
  for (const auto& known : passes_) {
    std::size_t kept = 0;
    bool joined = false;  // the previous word is already a phrase of this pass
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (kept > 0 && !joined) {
        pair.assign(line[kept - 1]).append(1, ' ').append(line[i]);
        if (known.find(pair) != WordTable::none) {
          line[kept - 1].append(1, '_').append(line[i]);
          joined = true;
          continue;
        }
      }
      if (kept != i) line[kept] = std::move(line[i]);
      ++kept;
      joined = false;
    }
    line.resize(kept);
  }
}

Phrases find(const mpi::Communicator& comm, const EachLine& lines, const Options& options) {
  options.validate();
  Phrases phrases;
  for (const double threshold : options.thresholds) {
    phrases.add(pairs_of(comm, lines, phrases, options, threshold));
  }
  return phrases;
}

}  // namespace replearn::phrases
