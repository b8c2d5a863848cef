#include "io/text/word_vector_records.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "io/tables/fields.hpp"
#include "io/text/compressed_file.hpp"
#include "io/text/text_file.hpp"

namespace replearn::io {
namespace {

constexpr Index max_word_length = 4096;

[[noreturn]] void lying(const std::string& path, const VectorsHeader& header, Index least, Index there) {
  throw InputError(path, "line 1",
                   "declares " + std::to_string(header.words) + " words of " + std::to_string(header.columns) +
                       " numbers, at least " + std::to_string(least) + " bytes; the file can hold " +
                       std::to_string(there),
                   "copy the file again, or correct its first line");
}

/// Rejects a header whose vectors do not fit in the file, given the minimum number of bytes per word and per number.
void check_size(const TextFile& file, const VectorsHeader& header, Index bytes_per_number) {
  const Index there = file.file_bytes() * (file.compressed() ? max_inflation : 1);
  // Divisions, since the product may exceed 2^63.
  const bool fits =
      header.columns <= there / bytes_per_number && header.words <= there / (header.columns * bytes_per_number + 1);
  if (!fits) {
    const bool small = header.columns < (Index{1} << 30) && header.words < (Index{1} << 30);
    lying(file.path(), header, small ? header.words * (header.columns * bytes_per_number + 1) : INT64_MAX, there);
  }
}

class BinaryRecords : public VectorRecords {
 public:
  BinaryRecords(const std::string& path, Index header_bytes) : file_(path) {
    std::string skipped(static_cast<std::size_t>(header_bytes), '\0');
    file_.read(skipped.data(), header_bytes);
  }

  void next(std::string& word, std::span<float> vector) override {
    ++number_;
    word.clear();
    for (char c; true;) {
      take(&c, 1);
      if (c == ' ') break;
      if (c != '\n') word += c;  // line end after the previous vector, which not every program writes
      if (static_cast<Index>(word.size()) > max_word_length) {
        throw InputError(file_.path(), place(), "has no end: the file is not word2vec's .bin, or damaged",
                         "copy it again");
      }
    }
    take(reinterpret_cast<char*>(vector.data()), static_cast<Index>(vector.size_bytes()));
  }

  bool has_more() override {
    while (at_ < held_ || fill()) {
      if (buffer_[at_++] != '\n') return true;
    }
    return false;
  }

 private:
  std::string place() const { return "word " + std::to_string(number_); }
  bool fill() {
    buffer_.resize(1 << 20);
    held_ = static_cast<std::size_t>(file_.read(buffer_.data(), static_cast<Index>(buffer_.size())));
    at_ = 0;
    return held_ > 0;
  }
  void take(char* into, Index bytes) {
    for (Index done = 0; done < bytes;) {
      if (at_ == held_ && !fill()) {
        throw InputError(file_.path(), place(), "the file is truncated here", "copy it again");
      }
      const auto more = std::min(held_ - at_, static_cast<std::size_t>(bytes - done));
      std::memcpy(into + done, buffer_.data() + at_, more);
      at_ += more;
      done += static_cast<Index>(more);
    }
  }

  TextFile file_;
  std::string buffer_;
  std::size_t at_ = 0, held_ = 0;
  Index number_ = 0;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Splits at blanks or tabs.
std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; true;) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) return fields;
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    fields.push_back(line.substr(begin, at - begin));
  }
}

class TextRecords : public VectorRecords {
 public:
  TextRecords(const std::string& path, bool has_header) : lines_(path) {
    std::string_view line;
    if (has_header) lines_.next(line);
  }

  void next(std::string& word, std::span<float> vector) override {
    std::string_view line;
    if (!next_line(line)) {
      throw InputError(lines_.file().path(), line_place(lines_.line_number() + 1), "the file is truncated here",
                       "copy it again");
    }
    const auto fields = fields_of(line);
    const auto columns = vector.size();
    // A word may contain blanks, as in GloVe's largest file, or be empty: then the line starts with a blank.
    const std::size_t names = is_blank(line.front()) && fields.size() == columns ? 0 : 1;
    const std::size_t found = fields.size() - names;  // next_line skips lines without fields
    if (found < columns) {
      throw InputError(lines_.file().path(), place(),
                       "has " + std::to_string(found) + " numbers, not " + std::to_string(columns),
                       "each line must be a word and that many numbers");
    }
    const std::size_t first = fields.size() - columns;
    for (std::size_t i = 0; i < columns; ++i) read(fields[first + i], vector[i], columns);
    word = first == 0
               ? std::string_view()
               : std::string_view(
                     fields[0].data(),
                     static_cast<std::size_t>(fields[first - 1].data() + fields[first - 1].size() - fields[0].data()));
  }

  bool has_more() override {
    std::string_view line;
    return next_line(line);
  }

 private:
  std::string place() const { return line_place(lines_.line_number()); }
  bool next_line(std::string_view& line) {
    do {
      if (!lines_.next(line)) return false;
    } while (fields_of(line).empty());
    return true;
  }
  void read(std::string_view field, float& value, std::size_t columns) const {
    const auto number = field.starts_with('+') ? field.substr(1) : field;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error == std::errc() && end == number.data() + number.size()) return;
    throw InputError(lines_.file().path(), place(), in_quotes(field) + " is not a number",
                     "each line must be a word and " + std::to_string(columns) + " numbers");
  }

  TextLines lines_;
};

std::optional<Index> whole_number(std::string_view text) {
  Index value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) return std::nullopt;
  return value;
}

/// For text without a header, as from GloVe: the number of lines and the most common number of values.
VectorsHeader header_of_lines(TextLines& lines, std::string_view line) {
  VectorsHeader header;
  std::map<std::size_t, Index> lines_with;  // number of fields to number of lines
  do {
    const std::size_t fields = fields_of(line).size();
    if (fields == 0) continue;
    ++header.words;
    ++lines_with[fields];
  } while (lines.next(line));
  const auto most = std::max_element(lines_with.begin(), lines_with.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  header.columns = static_cast<Index>(most->first) - 1;
  return header;
}

/// Bytes after the header that decide between text and floats: many records where vectors are short.
constexpr Index looked_at = Index{1} << 14;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
}

/// Whether an invalid first record is erroneous text rather than binary floats: no control characters, and either UTF-8
/// or (Latin-1) mostly numbers after the word. The bytes of a short vector may contain no control characters, but they
/// are not UTF-8 as well: exponents of numbers below 2 are 0xBC to 0xBF, which UTF-8 allows only within a character.
bool looks_like_text(std::string_view start) {
  if (std::any_of(start.begin(), start.end(), is_control)) return false;
  constexpr std::size_t max_character_bytes = 4;  // the last one may be truncated
  if (unicode::valid_prefix(start) + max_character_bytes > start.size()) return true;
  const auto fields = fields_of(start.substr(0, start.find('\n')));
  const auto numbers = std::count_if(fields.begin(), fields.end(), [](std::string_view field) {
    float value = 0;
    return std::from_chars(field.data(), field.data() + field.size(), value).ptr == field.data() + field.size();
  });
  return 2 * static_cast<std::size_t>(numbers) >= fields.size();  // for Latin-1, more than half
}

}  // namespace

std::unique_ptr<VectorRecords> open_vector_records(const std::string& path, VectorsHeader& header) {
  TextLines lines(path);
  std::string_view line;
  lines.next(line);
  const auto fields = fields_of(line);
  const bool is_header = fields.size() == 2 && whole_number(fields[0]) && whole_number(fields[1]);
  if (!is_header) {
    if (fields.size() < 3) {
      throw InputError(path, "line 1", "is neither 'words dimensions' nor a word and its vector",
                       "replearn reads .h5, .h5ad, word2vec's .bin and .txt, and GloVe's text");
    }
    header = header_of_lines(lines, line);
    if (header.columns < 1) {
      throw InputError(path, "", "most lines are a word without numbers", "each line must be a word and its numbers");
    }
    return std::make_unique<TextRecords>(path, false);
  }
  header = {*whole_number(fields[0]), *whole_number(fields[1])};
  check_size(lines.file(), header, 2);
  const Index header_bytes = lines.offset();
  // A first record that parses as text, a word and the correct number of values, is text.
  std::vector<float> vector(header.columns);
  std::string word;
  bool text = true;
  try {
    TextRecords(path, true).next(word, vector);
  } catch (const InputError&) {
    std::string start(static_cast<std::size_t>(header_bytes + looked_at), '\0');
    TextFile file(path);
    start.resize(file.read(start.data(), static_cast<Index>(start.size())));
    text = looks_like_text(start.substr(std::min(start.size(), static_cast<std::size_t>(header_bytes))));
  }
  if (text) return std::make_unique<TextRecords>(path, true);
  check_size(lines.file(), header, sizeof(float));
  return std::make_unique<BinaryRecords>(path, header_bytes);
}

}  // namespace replearn::io
