#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace replearn::io {

// For all functions: the text is UTF-8 or UTF-16 (detected); other lines are read as Latin-1, which is logged.

/// Reads lines of words below headings, as in questions-words.txt: ": heading", then lines of `fields` words each,
/// separated by white space.
struct Heading {
  std::string name;
  std::vector<std::vector<std::string>> lines;
};
/// One rank. Throws InputError naming the line, and for a file without such lines.
std::vector<Heading> read_headed_lines(const std::string& path, std::size_t fields, const Log& log = Log());

/// Reads lines of two words and a number (optionally with a part of speech before it, as in SimLex-999), separated by
/// tabs, commas, semicolons or blanks; "7,5" is a number unless commas separate the fields; # starts a comment; the
/// first line may be a heading. One rank. Throws InputError naming the line, and for a file without such lines.
std::vector<std::pair<std::pair<std::string, std::string>, double>> read_rated_pairs(const std::string& path,
                                                                                     const Log& log = Log());

/// Reads pairs of words, two per line; the first line may be a heading ": name name" with the names of the two sides.
struct WordPairs {
  std::string first_side = "first", second_side = "second";
  std::vector<std::pair<std::string, std::string>> pairs;
};
/// One rank. Throws InputError naming the line, and for a file without such lines.
WordPairs read_word_pairs(const std::string& path, const Log& log = Log());

/// The words of a text file in order, separated by white space; headings (lines that start with a colon) are skipped.
/// One rank.
std::vector<std::string> read_word_list(const std::string& path, const Log& log = Log());

}  // namespace replearn::io
