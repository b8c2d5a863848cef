#include "io/text/questions.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "io/names.hpp"
#include "io/tables/fields.hpp"
#include "io/text/text_file.hpp"

namespace replearn::io {

namespace {

/// Splits a line at Unicode white space.
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

/// The lines of a file; entry i is line i + 1. UTF-16 is detected; lines that are not UTF-8 are read as Latin-1, which
/// is logged.
std::vector<std::string> lines_of(const std::string& path, const Log& log) {
  TextLines text(path, TextEncoding::found);
  std::vector<std::string> lines;
  for (std::string_view line; text.next(line);) lines.emplace_back(line);
  make_names_valid(lines, path, log);
  return lines;
}

std::string place_of(std::size_t line) {
  return line_place(line + 1);
}

/// Parses a rating; "7,5" is valid unless commas separate the fields.
bool read_judgment(const std::string& text, bool decimal_comma, double& value) {
  if (parse_number(text, value) == NumberKind::finite) return true;
  if (!decimal_comma || std::count(text.begin(), text.end(), ',') != 1) return false;
  std::string with_point = text;
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  return parse_number(with_point, value) == NumberKind::finite;
}

using RatedPair = std::pair<std::pair<std::string, std::string>, double>;

/// Parses two words and the first number after them (SimLex-999 has the part of speech between).
std::optional<RatedPair> rated_pair(std::string_view line) {
  for (const char separator : {'\t', ',', ';', ' '}) {
    auto fields = separator == ' ' ? words_of(line) : split_fields(line, separator);
    for (auto& field : fields) {
      const auto words = separator == ' ' ? std::vector<std::string>{} : words_of(field);
      if (words.size() == 1) field = words.front();
    }
    if (fields.size() < 3) continue;  // the first separator that gives three fields is used
    double rating = 0;
    for (std::size_t i = 2; i < std::min<std::size_t>(fields.size(), separator == ' ' ? 3 : 4); ++i) {
      if (!read_judgment(fields[i], separator != ',', rating)) continue;
      if (fields[0].empty() || fields[1].empty()) return std::nullopt;
      return RatedPair{{fields[0], fields[1]}, rating};
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
  if (headings.empty()) throw InputError(path, "", "contains no lines of words", "use another file");
  return headings;
}

std::vector<RatedPair> read_rated_pairs(const std::string& path, const Log& log) {
  const auto lines = lines_of(path, log);
  std::vector<RatedPair> pairs;
  bool may_be_heading = true;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const auto words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    const auto pair = rated_pair(line);
    double value = 0;
    const bool is_heading = may_be_heading && std::none_of(words.begin(), words.end(), [&](const auto& word) {
                              return parse_number(word, value) == NumberKind::not_finite;
                            });
    if (!pair && !is_heading) {
      throw InputError(path, place_of(i), "is not two words and a number: " + in_quotes(line), "separate them by tabs");
    }
    may_be_heading = false;  // only the first line, ignoring comments
    if (pair) pairs.push_back(*pair);
  }
  if (pairs.empty()) throw InputError(path, "", "contains no pairs of words with ratings", "use another file");
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
                       "write two words per line; ': name name' on the first line names the two sides");
    }
  }
  if (result.pairs.empty()) throw InputError(path, "", "contains no pairs of words", "use another file");
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
