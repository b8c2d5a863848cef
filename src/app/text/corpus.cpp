#include "app/text/corpus.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "io/text/shard_text.hpp"
#include "io/text/text_sources.hpp"
#include "io/text/vocabulary_file.hpp"

namespace replearn::app {
namespace {

std::string grouped(Index number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

}  // namespace

Corpus::Corpus(Session& session, const TextSettings& text)
    : session_(session),
      inputs_(text.input),
      tokens_(text.tokens),
      shards_(io::find_text(session.comm, text.input, session.log)) {
  tokens_.validate();
  session.log.line(fmt::format("text: {} file{}, {}", shards_.sources().size(),
                               shards_.sources().size() == 1 ? "" : "s", bytes_text([&] {
                                 double bytes = 0;
                                 for (const auto& source : shards_.sources())
                                   bytes += static_cast<double>(source.bytes);
                                 return bytes;
                               }())));
}

NextTextPart Corpus::mine() const {
  const auto cuts = shards_.dealt(session_.comm.size());
  const auto rank = static_cast<std::size_t>(session_.comm.rank());
  return io::text_of_shards(shards_, cuts[rank], cuts[rank + 1]);
}

NextWords Corpus::my_documents(const NodeWords& table) const {
  const auto cuts = shards_.dealt(session_.comm.size());
  const auto rank = static_cast<std::size_t>(session_.comm.rank());
  return numbered(io::lines_of_shards(shards_, cuts[rank], cuts[rank + 1]), tokens_, table);
}

NextWords Corpus::my_files(const NodeWords& table) const {
  const auto cuts = shards_.dealt(session_.comm.size());
  const auto rank = static_cast<std::size_t>(session_.comm.rank());
  const auto is_first = [&](Index s) { return s == 0 || shards_[s].source != shards_[s - 1].source; };
  const auto next_first = [this, is_first](Index s) {
    while (s < shards_.size() && !is_first(s)) ++s;
    return s;
  };
  Index at = next_first(cuts[rank]);
  const Index end = next_first(cuts[rank + 1]);
  return [this, &table, at, end, next = NextWords()](std::vector<WordId>& words) mutable {
    words.clear();
    if (!next) {
      if (at >= end) return false;
      const Index begin = at;
      for (++at; at < shards_.size() && shards_[at].source == shards_[begin].source;) ++at;
      next = numbered(io::text_of_shards(shards_, begin, at), tokens_, table);
    }
    if (next(words)) {
      std::erase(words, line_end);
    } else {
      next = nullptr;
      words.assign(1, line_end);
    }
    return true;
  };
}

const Vocabulary& Corpus::find_vocabulary(const VocabularySettings& settings) {
  const auto& comm = session_.comm;
  if (!settings.read.empty()) {
    vocabulary_ = session_.phases.measure("vocabulary",
                                          [&] { return io::read_vocabulary(comm, settings.read, settings.method); });
    session_.log.line("vocabulary: " + grouped(vocabulary_.size()) + " words, from " + settings.read);
  } else {
    VocabularyOptions options = settings.method;
    options.is_default = !settings.given.contains("min-count");
    auto counted = session_.phases.measure("vocabulary", [&] { return count_words(comm, mine(), tokens_, options); });
    if (counted.min_count < options.min_count) {
      session_.log.line(
          fmt::format("vocabulary: --min-count {} instead of the default of {}, which would leave too few words",
                      counted.min_count, options.min_count));
    }
    session_.log.line("vocabulary: " + grouped(counted.vocabulary.size()) + " of " + grouped(counted.different) +
                      " distinct words, covering " + grouped(counted.vocabulary.words_in_corpus()) + " of " +
                      grouped(counted.words) + " words of the text");
    const auto warn = [&](Index count, const std::string& what) {
      if (count > 0) session_.log.warning(grouped(count) + " words " + what);
    };
    warn(counted.cut, "were longer than --max-word-length and were truncated");
    warn(counted.repaired, tokens_.on_bad_utf8 == BadUtf8::latin1
                               ? "were not valid UTF-8 and were read as Latin-1"
                               : "were not valid UTF-8 and were repaired with U+FFFD");
    warn(counted.skipped, "were not valid UTF-8 and were skipped");
    vocabulary_ = std::move(counted.vocabulary);
  }
  if (!settings.save.empty()) io::write_vocabulary(comm, settings.save, vocabulary_);
  return vocabulary_;
}

WordStream Corpus::numbers() const {
  return {shards_.size(), vocabulary_.words_in_corpus(), [this](Index shard) {
            return numbered(io::text_of_shards(shards_, shard, shard + 1), tokens_, vocabulary_.table());
          }};
}

}  // namespace replearn::app
