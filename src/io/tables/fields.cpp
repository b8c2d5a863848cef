#include "io/tables/fields.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/log.hpp"

namespace replearn::io {
namespace {

bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

template <class Float>
NumberKind parse(std::string_view text, Float& value) {
  text = trimmed(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  if (text == "NA" || text == "<NA>" || text == "N/A") return NumberKind::not_finite;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) return NumberKind::no_number;
  if (error == std::errc::result_out_of_range) {
    // Out of range: strtold distinguishes overflow from underflow, which becomes 0.
    const long double wide = std::strtold(std::string(text).c_str(), nullptr);
    if (std::abs(wide) > 1) return NumberKind::not_finite;
    value = static_cast<Float>(wide);
    return NumberKind::finite;
  }
  return std::isfinite(value) ? NumberKind::finite : NumberKind::not_finite;
}

}  // namespace

NumberKind parse_number(std::string_view text, float& value) {
  return parse(text, value);
}
NumberKind parse_number(std::string_view text, double& value) {
  return parse(text, value);
}

bool FieldSplitter::next(std::string_view& field) {
  if (ended_) return false;
  if (separator_ == ' ') {
    while (at_ < line_.size() && blank(line_[at_])) ++at_;
    if (at_ == line_.size()) {
      ended_ = true;
      return false;
    }
  }
  std::size_t end;
  if (at_ < line_.size() && line_[at_] == '"') {
    auto close = line_.find('"', at_ + 1);
    while (close + 1 < line_.size() && close != std::string_view::npos && line_[close + 1] == '"') {
      close = line_.find('"', close + 2);
    }
    close = std::min(close, line_.size());
    field = line_.substr(at_ + 1, close - at_ - 1);
    end = std::min(close + 1, line_.size());
    while (end < line_.size() && line_[end] != separator_ && !(separator_ == ' ' && blank(line_[end]))) ++end;
  } else if (separator_ == ' ') {
    end = at_;
    while (end < line_.size() && !blank(line_[end])) ++end;
    field = line_.substr(at_, end - at_);
  } else {
    end = std::min(line_.find(separator_, at_), line_.size());
    field = line_.substr(at_, end - at_);
  }
  ended_ = end >= line_.size();
  at_ = end + 1;
  return true;
}

std::string field_text(std::string_view field) {
  std::string text(field);
  for (auto at = text.find("\"\""); at != std::string::npos; at = text.find("\"\"", at + 1)) text.erase(at, 1);
  return text;
}

std::vector<std::string> split_fields(std::string_view line, char separator) {
  std::vector<std::string> fields;
  FieldSplitter splitter(line, separator);
  for (std::string_view field; splitter.next(field);) fields.push_back(field_text(field));
  return fields;
}

char guess_separator(std::string_view line) {
  std::string bare;  // text outside quotes
  bool inside = false;
  for (const char c : line) {
    if (c == '"') inside = !inside;
    if (!inside) bare += c;
  }
  for (const char candidate : {'\t', ',', ';'}) {
    if (bare.find(candidate) != std::string::npos) return candidate;
  }
  return trimmed(bare).find(' ') != std::string::npos ? ' ' : '\0';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string shown = "'";
  for (const char letter : text.substr(0, longest)) {
    const auto code = static_cast<unsigned char>(letter);
    shown += code < 0x20 || code == 0x7f ? fmt::format("\\x{:02x}", code) : std::string(1, letter);
  }
  return shown + (text.size() > longest ? "...'" : "'");
}

std::string line_place(Index number) {
  return "line " + std::to_string(number);
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace replearn::io
