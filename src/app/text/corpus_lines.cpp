#include "app/text/corpus.hpp"
#include "io/text/shard_text.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

constexpr Index max_line_length = 1000;

/// Splits a stream of words and line ends into lines, possibly starting inside a line.
class LineCutter {
 public:
  using Take = std::function<void(std::vector<std::string>& line)>;
  /// words_before: words of the line in which this rank's text begins.
  LineCutter(Index words_before, const Take& take)
      : take_(take), in_line_(words_before), is_theirs_(words_before % max_line_length != 0) {}

  void word(std::string_view text) {
    if (!is_theirs_) line_.emplace_back(text);
    if (++in_line_ % max_line_length == 0) give();
  }
  void line_end() {
    const bool was_just_cut = in_line_ > 0 && in_line_ % max_line_length == 0;
    if (!was_just_cut) give();
    in_line_ = 0;
  }
  /// Whether the current line began in this rank's text and is still open.
  bool is_open() const { return !line_.empty(); }

 private:
  void give() {
    if (!is_theirs_) take_(line_);
    line_.clear();
    is_theirs_ = false;
  }

  const Take& take_;
  std::vector<std::string> line_;
  Index in_line_;
  bool is_theirs_;  ///< the line began before this rank's text
};

}  // namespace

/// Number of words that precede this rank's text in its first line; 0 if the text begins with a line. Ranks read
/// nothing for this where all texts begin with lines. All ranks.
Index Corpus::words_before_mine() const {
  const auto& comm = session_.comm;
  const auto cuts = shards_.dealt(comm.size());
  const auto rank = static_cast<std::size_t>(comm.rank());
  const bool begins_line =
      mpi::run_collectively(comm, [&] { return cuts[rank] == cuts[rank + 1] || io::begins_line(shards_, cuts[rank]); });
  if (mpi::agree(comm, begins_line)) return 0;

  Index behind = 0, has_line_end = 0;  // words after the last line end of this rank's text
  mpi::run_collectively(comm, [&] {
    Tokens tokens(tokens_);
    const auto text = mine();
    while (const auto part = text()) {
      tokens.split(
          *part, [&](std::string_view) { ++behind; }, [&] { behind = 0, has_line_end = 1; });
    }
  });
  const auto all = mpi::all_gather(comm, behind), ends = mpi::all_gather(comm, has_line_end);
  Index before = 0;
  for (std::size_t r = 0; r < rank; ++r) before = all[r] + (ends[r] == 1 ? 0 : before);
  return begins_line ? 0 : before;
}

std::function<void(const std::function<void(std::vector<std::string>& line)>& take)> Corpus::my_lines() const {
  const Index before = words_before_mine();
  return [this, before](const LineCutter::Take& take) {
    const auto cuts = shards_.dealt(session_.comm.size());
    const auto end = cuts[static_cast<std::size_t>(session_.comm.rank()) + 1];
    Tokens tokens(tokens_);
    LineCutter cutter(before, take);
    const auto text = mine();
    while (const auto part = text()) {
      tokens.split(
          *part, [&](std::string_view word) { cutter.word(word); }, [&] { cutter.line_end(); });
    }
    const auto theirs = io::text_of_shards(shards_, end, shards_.size());
    while (cutter.is_open()) {
      const auto part = theirs();
      if (!part) break;
      tokens.split(
          *part,
          [&](std::string_view word) {
            if (cutter.is_open()) cutter.word(word);
          },
          [&] {
            if (cutter.is_open()) cutter.line_end();
          });
    }
  };
}

}  // namespace replearn::app
