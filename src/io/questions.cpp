#include "io/questions.hpp"

#include "base/error.hpp"
#include "io/fields.hpp"
#include "io/text_file.hpp"

namespace replearn::io {

std::vector<Heading> read_headed_lines(const std::string& path, std::size_t fields) {
  TextLines lines(path);
  std::vector<Heading> headings;
  for (std::string_view line; lines.next(line);) {
    const auto words = split_fields(line, ' ');
    if (words.empty() || line.empty()) continue;
    if (words[0] == ":") {
      headings.push_back({words.size() > 1 ? words[1] : "", {}});
      continue;
    }
    if (words.size() != fields) {
      throw InputError(
          path, "line " + std::to_string(lines.line_number()),
          "has " + std::to_string(words.size()) + " words, not " + std::to_string(fields) + ": " + in_quotes(line),
          "write ': heading' or " + std::to_string(fields) + " words");
    }
    if (headings.empty()) headings.push_back({"", {}});
    headings.back().lines.push_back(words);
  }
  if (headings.empty()) throw InputError(path, "", "holds no lines of words", "give another file");
  return headings;
}

std::vector<std::pair<std::pair<std::string, std::string>, double>> read_judged_pairs(const std::string& path) {
  TextLines lines(path);
  std::vector<std::pair<std::pair<std::string, std::string>, double>> pairs;
  for (std::string_view line; lines.next(line);) {
    if (line.empty() || line[0] == '#') continue;
    const char separator = guess_separator(line);
    const auto fields = separator == '\0' ? std::vector<std::string>{} : split_fields(line, separator);
    double judged = 0;
    const bool is_pair = fields.size() >= 3 && parse_number(fields[2], judged) == NumberKind::finite;
    if (!is_pair && fields.size() >= 3 && pairs.empty() && lines.line_number() == 1) continue;
    if (!is_pair) {
      throw InputError(path, "line " + std::to_string(lines.line_number()),
                       "is not two words and a number: " + in_quotes(line), "put tabs between them");
    }
    pairs.push_back({{fields[0], fields[1]}, judged});
  }
  if (pairs.empty()) throw InputError(path, "", "holds no pairs of words", "give another file");
  return pairs;
}

WordPairs read_word_pairs(const std::string& path) {
  TextLines lines(path);
  WordPairs result;
  for (std::string_view line; lines.next(line);) {
    auto words = split_fields(line, ' ');
    std::erase(words, "");
    if (words.empty()) continue;
    if (words[0] == ":" && words.size() == 3 && result.pairs.empty()) {
      result.first_side = words[1];
      result.second_side = words[2];
    } else if (words.size() == 2) {
      result.pairs.emplace_back(words[0], words[1]);
    } else {
      throw InputError(path, "line " + std::to_string(lines.line_number()), "is not two words: " + in_quotes(line),
                       "write two a line; ': name name' on the first line says what they are");
    }
  }
  if (result.pairs.empty()) throw InputError(path, "", "holds no pairs of words", "give another file");
  return result;
}

std::vector<std::string> read_word_list(const std::string& path) {
  TextLines lines(path);
  std::vector<std::string> words;
  for (std::string_view line; lines.next(line);) {
    if (line.starts_with(": ")) continue;
    for (auto& word : split_fields(line, ' ')) {
      if (!word.empty()) words.push_back(std::move(word));
    }
  }
  return words;
}

}  // namespace replearn::io
