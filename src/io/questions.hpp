#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace replearn::io {

// Of all of these: the text is UTF-8, or UTF-16, which is found out; lines that are neither are read as Latin-1, which
// the log is told.

/// Lines of words below headings, as in questions-words.txt: ": heading", then lines of `fields` words each, any white
/// space between.
struct Heading {
  std::string name;
  std::vector<std::vector<std::string>> lines;
};
/// One rank. Throws InputError naming the line, and for a file without any.
std::vector<Heading> read_headed_lines(const std::string& path, std::size_t fields, const Log& log = Log());

/// Lines of two words and a number (perhaps a word class before it, as SimLex-999 has), tabs, commas, semicolons or
/// blanks between, "7,5" being a number where commas are not; # begins a comment; a first line that is not such is a
/// heading. One rank. Throws InputError naming the line, and for a file without any.
std::vector<std::pair<std::pair<std::string, std::string>, double>> read_judged_pairs(const std::string& path,
                                                                                      const Log& log = Log());

/// Pairs of words, two a line; the first line may be a heading ": name name", what the two sides are.
struct WordPairs {
  std::string first_side = "first", second_side = "second";
  std::vector<std::pair<std::string, std::string>> pairs;
};
/// One rank. Throws InputError naming the line, and for a file without any.
WordPairs read_word_pairs(const std::string& path, const Log& log = Log());

/// The words of a text file, at white space, in order; lines that begin with a colon, headings, are passed over. One
/// rank.
std::vector<std::string> read_word_list(const std::string& path, const Log& log = Log());

}  // namespace replearn::io
