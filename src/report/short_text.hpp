#pragma once
#include <string>
#include <vector>

namespace replearn::report {

/// Breaks a text into at most max_lines lines of at most `width` points, after spaces and the characters - _ / , + where
/// it must. What does not fit is left out in the middle of the last line, as "…". size, bold: the font.
std::vector<std::string> wrapped(const std::string& text, double size, bool bold, double width, std::size_t max_lines);

/// The text itself if it fits into `width` points, else its beginning and end with "…" between. `kept_in_front`: the
/// fraction of what is kept that is taken from the beginning.
std::string shortened(const std::string& text, double size, bool bold, double width, double kept_in_front = 0.5);

/// Wraps names so that no two of them look alike: where wrapping alone makes two equal, other parts of them are left
/// out, and if they still are equal, they are numbered. One entry per name. The names differ.
std::vector<std::vector<std::string>> wrapped_names(const std::vector<std::string>& names, double size, bool bold,
                                                    double width, std::size_t max_lines);

}  // namespace replearn::report
