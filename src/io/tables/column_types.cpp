#include "io/tables/column_types.hpp"

#include <charconv>
#include <limits>

#include "base/error.hpp"
#include "io/tables/fields.hpp"

namespace replearn::io {
namespace {

bool missing(const std::string& text) {
  return text.empty() || text == "NA" || text == "nan" || text == "NaN" || text == "<NA>";
}

/// "007" is a label: as a number it would lose its leading zeros.
bool padded_with_zeros(const std::string& text) {
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

bool whole(const std::string& text, std::int64_t& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

}  // namespace

// A column without values is not numeric.
Column typed_column(const std::vector<std::string>& texts) {
  bool integers = true, numbers = false;
  std::vector<std::int64_t> whole_values(texts.size());
  std::vector<double> values(texts.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (missing(texts[i])) {
      integers = false;
      continue;
    }
    if (padded_with_zeros(texts[i]) || parse_number(texts[i], values[i]) != NumberKind::finite) {
      return to_categorical(texts);
    }
    numbers = true;
    integers = integers && whole(texts[i], whole_values[i]);
  }
  if (!numbers) return to_categorical(texts);
  if (integers) return whole_values;
  return values;
}

std::vector<std::uint8_t> flags_of(const Column& column, const std::string& file, const std::string& element) {
  std::vector<std::uint8_t> flags;
  bool truth = true;
  const auto of_text = [&](const std::string& text) {
    const bool yes = text == "True" || text == "TRUE" || text == "true" || text == "1";
    truth = truth && (yes || text == "False" || text == "FALSE" || text == "false" || text == "0" || missing(text));
    flags.push_back(yes);
  };
  std::visit(
      [&](const auto& values) {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Flags>) {
          flags = values.values;
        } else if constexpr (std::is_same_v<T, Categorical>) {
          for (const auto code : values.codes) of_text(code < 0 ? "" : values.categories[code]);
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          for (const auto& text : values) of_text(text);
        } else {
          for (const auto value : values) {
            const bool absent = value != value;  // NaN
            truth = truth && (value == 0 || value == 1 || absent);
            flags.push_back(value == 1);
          }
        }
      },
      column);
  if (!truth) throw InputError(file, element, "does not hold truth values", "remove the column, or make it boolean");
  return flags;
}

}  // namespace replearn::io
