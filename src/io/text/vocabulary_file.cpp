#include "io/text/vocabulary_file.hpp"

#include <charconv>
#include <numeric>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "base/whole_file.hpp"
#include "io/tables/fields.hpp"
#include "io/text/text_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

constexpr std::string_view sentence_end = "</s>";

void read_lines(const std::string& path, std::vector<std::string>& words, std::vector<Index>& counts,
                Index& sentences) {
  TextLines lines(path);
  WordTable seen;
  for (std::string_view line; lines.next(line);) {
    const std::string place = line_place(lines.line_number());
    while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto gap = line.find_last_of(" \t");
    const auto word = line.substr(0, gap == std::string_view::npos ? 0 : gap);
    const auto number = line.substr(gap == std::string_view::npos ? 0 : gap + 1);
    Index count = -1;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (word.empty() || error != std::errc() || end != number.data() + number.size() || count < 0) {
      throw InputError(path, place, "is not a word and its count: " + in_quotes(line), "write 'word count'");
    }
    if (word.find_first_of(" \t") != std::string_view::npos) {
      throw InputError(path, place, "has white space in the word " + in_quotes(word), "join its parts by _");
    }
    if (!unicode::is_valid(word)) {
      throw InputError(path, place, "the word " + in_quotes(word) + " is not UTF-8", "convert the file to UTF-8");
    }
    if (word == sentence_end) {
      sentences = count;
      continue;
    }
    if (seen.insert(word) != static_cast<Index>(words.size())) {
      throw InputError(path, place, "the word " + in_quotes(word) + " occurs twice", "keep one of them");
    }
    words.emplace_back(word);
    counts.push_back(count);
  }
}

}  // namespace

void write_vocabulary(const mpi::Communicator& comm, const std::string& path, const Vocabulary& vocabulary) {
  mpi::on_root(comm, [&] {
    std::string text = std::string(sentence_end) + ' ' + std::to_string(vocabulary.sentences()) + '\n';
    for (Index i = 0; i < vocabulary.size(); ++i) {
      text.append(vocabulary.word(i)).append(" ").append(std::to_string(vocabulary.count(i))).append("\n");
    }
    write_whole_file(path, text);
  });
}

Vocabulary read_vocabulary(const mpi::Communicator& comm, const std::string& path, const VocabularyOptions& options) {
  options.validate();
  std::vector<std::string> words;
  std::vector<Index> counts;
  Index sentences = 0;
  mpi::on_root(comm, [&] {
    read_lines(path, words, counts, sentences);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (counts[i] < options.min_count) continue;
      if (kept != i) words[kept] = std::move(words[i]);
      counts[kept++] = counts[i];
    }
    words.resize(kept);
    counts.resize(kept);
    if (words.empty()) {
      throw InputError(path, "", "no word remains at --min-count " + std::to_string(options.min_count),
                       "choose a smaller one");
    }
  });
  words = mpi::broadcast(comm, std::move(words));
  counts = mpi::broadcast(comm, std::move(counts));
  return Vocabulary(comm, words, counts, mpi::broadcast(comm, sentences), options.max_words);
}

}  // namespace replearn::io
