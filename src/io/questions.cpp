#include "io/questions.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "io/fields.hpp"
#include "io/names.hpp"
#include "io/text_file.hpp"

namespace replearn::io {

namespace {

/// The words between white space, that of Unicode.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words(1);
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t space = unicode::space_length(line.substr(at));
    if (space > 0) {
      if (!words.back().empty()) words.emplace_back();
      at += space;
    } else {
      words.back() += line[at++];
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

/// The lines of a file, the i-th being line i + 1. UTF-16 is found out; lines that are no UTF-8 are taken for Latin-1,
/// which the log is told.
std::vector<std::string> lines_of(const std::string& path, const Log& log) {
  TextLines text(path, TextEncoding::found);
  std::vector<std::string> lines;
  for (std::string_view line; text.next(line);) lines.emplace_back(line);
  make_names_valid(lines, path, log);
  return lines;
}

std::string place_of(std::size_t line) {
  return "line " + std::to_string(line + 1);
}

/// A judgment; "7,5" is one where commas do not stand between fields.
bool read_judgment(const std::string& text, bool decimal_comma, double& value) {
  if (parse_number(text, value) == NumberKind::finite) return true;
  if (!decimal_comma || std::count(text.begin(), text.end(), ',') != 1) return false;
  std::string with_point = text;
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  return parse_number(with_point, value) == NumberKind::finite;
}

using JudgedPair = std::pair<std::pair<std::string, std::string>, double>;

/// Two words and the first number behind them (SimLex-999 has a word class between).
std::optional<JudgedPair> judged_pair(std::string_view line) {
  for (const char separator : {'\t', ',', ';', ' '}) {
    auto fields = separator == ' ' ? words_of(line) : split_fields(line, separator);
    for (auto& field : fields) {
      const auto words = separator == ' ' ? std::vector<std::string>{} : words_of(field);
      if (words.size() == 1) field = words.front();
    }
    if (fields.size() < 3) continue;  // the first that parts three fields is the line's separator
    double judged = 0;
    for (std::size_t i = 2; i < std::min<std::size_t>(fields.size(), separator == ' ' ? 3 : 4); ++i) {
      if (!read_judgment(fields[i], separator != ',', judged)) continue;
      if (fields[0].empty() || fields[1].empty()) return std::nullopt;
      return JudgedPair{{fields[0], fields[1]}, judged};
    }
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Heading> read_headed_lines(const std::string& path, std::size_t fields, const Log& log) {
  const auto lines = lines_of(path, log);
  std::vector<Heading> headings;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    auto words = words_of(line);
    if (words.empty()) continue;
    if (words[0].starts_with(':')) {  // ": name", or ":name"
      words[0].erase(0, 1);
      if (words[0].empty()) words.erase(words.begin());
      std::string name;
      for (const auto& word : words) name += (name.empty() ? "" : " ") + word;
      headings.push_back({name, {}});
      continue;
    }
    if (words.size() != fields) {
      throw InputError(
          path, place_of(i),
          "has " + std::to_string(words.size()) + " words, not " + std::to_string(fields) + ": " + in_quotes(line),
          "write ': heading' or " + std::to_string(fields) + " words");
    }
    if (headings.empty()) headings.push_back({"(no heading)", {}});
    headings.back().lines.push_back(words);
  }
  if (headings.empty()) throw InputError(path, "", "holds no lines of words", "give another file");
  return headings;
}

std::vector<JudgedPair> read_judged_pairs(const std::string& path, const Log& log) {
  const auto lines = lines_of(path, log);
  std::vector<JudgedPair> pairs;
  bool may_be_heading = true;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const auto words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    const auto pair = judged_pair(line);
    double value = 0;
    const bool is_heading = may_be_heading && std::none_of(words.begin(), words.end(), [&](const auto& word) {
                              return parse_number(word, value) == NumberKind::not_finite;
                            });
    if (!pair && !is_heading) {
      throw InputError(path, place_of(i), "is not two words and a number: " + in_quotes(line), "put tabs between them");
    }
    may_be_heading = false;  // the first line alone, comments not counted
    if (pair) pairs.push_back(*pair);
  }
  if (pairs.empty()) throw InputError(path, "", "holds no pairs of words and their judgments", "give another file");
  return pairs;
}

WordPairs read_word_pairs(const std::string& path, const Log& log) {
  const auto lines = lines_of(path, log);
  WordPairs result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const auto words = words_of(line);
    if (words.empty()) continue;
    if (words[0] == ":" && words.size() == 3 && result.pairs.empty()) {
      result.first_side = words[1];
      result.second_side = words[2];
    } else if (words.size() == 2) {
      result.pairs.emplace_back(words[0], words[1]);
    } else {
      throw InputError(path, place_of(i), "is not two words: " + in_quotes(line),
                       "write two a line; ': name name' on the first line says what they are");
    }
  }
  if (result.pairs.empty()) throw InputError(path, "", "holds no pairs of words", "give another file");
  return result;
}

std::vector<std::string> read_word_list(const std::string& path, const Log& log) {
  const auto lines = lines_of(path, log);
  std::vector<std::string> words;
  for (const auto& line : lines) {
    if (line.starts_with(": ")) continue;
    for (auto& word : words_of(line)) words.push_back(std::move(word));
  }
  return words;
}

}  // namespace replearn::io
