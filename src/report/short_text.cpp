#include "report/short_text.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "report/canvas.hpp"

namespace replearn::report {
namespace {

/// Places between letters (UTF-8), with both ends.
std::vector<std::size_t> letter_starts(const std::string& text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  }
  starts.push_back(text.size());
  return starts;
}

bool breaks_after(char c) { return std::string_view(" -_/,+|:;").find(c) != std::string_view::npos; }

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

std::vector<std::string> wrapped_keeping(const std::string& text, double size, bool bold, double width,
                                         std::size_t max_lines, double kept_in_front) {
  const auto fits = [&](const std::string& part) { return Canvas::text_size(trimmed(part), size, bold).width <= width; };
  std::vector<std::string> lines;
  std::string rest = text;
  while (lines.size() + 1 < max_lines && !fits(rest)) {
    std::size_t cut = 0;
    for (std::size_t i = 0; i + 1 < rest.size(); ++i) {
      if (!breaks_after(rest[i])) continue;
      if (!fits(rest.substr(0, i + 1))) break;
      cut = i + 1;
    }
    if (cut == 0) break;
    lines.push_back(trimmed(rest.substr(0, cut)));
    rest.erase(0, cut);
  }
  lines.push_back(shortened(trimmed(rest), size, bold, width, kept_in_front));
  return lines;
}

}  // namespace

std::string shortened(const std::string& text, double size, bool bold, double width, double kept_in_front) {
  if (Canvas::text_size(text, size, bold).width <= width) return text;
  const auto starts = letter_starts(text);
  const std::size_t letters = starts.size() - 1;
  const auto keep = [&](std::size_t kept) {
    const auto front = static_cast<std::size_t>(std::lround(kept_in_front * static_cast<double>(kept)));
    return trimmed(text.substr(0, starts[front])) + "…" + trimmed(text.substr(starts[letters - (kept - front)]));
  };
  std::size_t fits = 0, too_many = letters;  // by bisection: the width grows with the letters
  while (fits + 1 < too_many) {
    const std::size_t middle = (fits + too_many) / 2;
    (Canvas::text_size(keep(middle), size, bold).width <= width ? fits : too_many) = middle;
  }
  return keep(fits);
}

std::vector<std::string> wrapped(const std::string& text, double size, bool bold, double width, std::size_t max_lines) {
  return wrapped_keeping(text, size, bold, width, max_lines, 0.5);
}

std::vector<std::vector<std::string>> wrapped_names(const std::vector<std::string>& names, double size, bool bold,
                                                    double width, std::size_t max_lines) {
  std::vector<std::vector<std::string>> result(names.size());
  std::map<std::vector<std::string>, std::size_t> uses;
  for (const double kept_in_front : {0.5, 0.8, 0.2, 0.35, 0.65}) {
    std::map<std::vector<std::string>, std::size_t> now;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!result[i].empty() && uses[result[i]] == 1) {
        ++now[result[i]];
        continue;
      }
      result[i] = wrapped_keeping(names[i], size, bold, width, max_lines, kept_in_front);
      ++now[result[i]];
    }
    uses = std::move(now);
    if (uses.size() == names.size()) return result;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (uses[result[i]] == 1) continue;
    const std::string number = " #" + std::to_string(i + 1);
    const double room = width - Canvas::text_size(number, size, bold).width;
    result[i].back() = shortened(result[i].back(), size, bold, room, 1) + number;
  }
  return result;
}

}  // namespace replearn::report
