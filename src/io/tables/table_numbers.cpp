#include "io/tables/table_numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "io/tables/fields.hpp"

namespace replearn::io {
namespace {

bool is_missing(std::string_view text) {
  constexpr std::array<std::string_view, 13> words = {"NA",  "N/A",  "n/a",  "<NA>", "#N/A", "NaN", "nan",
                                                      "NAN", "-nan", "null", "NULL", "None", "-NaN"};
  return text.empty() || std::find(words.begin(), words.end(), text) != words.end();
}

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Digits with points as thousands separators, as in continental Europe: 1.234.567
bool digits_in_groups(std::string_view text) {
  auto point = text.find('.');
  if (point == 0 || point > 3 || text[0] == '0' || !digits(text.substr(0, point))) return false;
  while (point != std::string_view::npos) {
    text.remove_prefix(point + 1);
    point = text.find('.');
    if (const auto group = text.substr(0, point); group.size() != 3 || !digits(group)) return false;
  }
  return true;
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

/// Possible meaning of the comma in a field; `both` is ambiguous.
struct Possible {
  bool decimal = false, thousands = false;
};

Possible possible(std::string_view text) {
  text = without_sign(text);
  const auto first = text.find(',');
  Possible can;
  if (first == std::string_view::npos) return can;
  const auto before = text.substr(0, first), after = text.substr(first + 1);
  const bool one = after.find(',') == std::string_view::npos;
  const auto exponent = std::min(after.find_first_of("eE"), after.size());
  can.decimal =
      one && (before.empty() || digits(before) || digits_in_groups(before)) && digits(after.substr(0, exponent));
  can.thousands = digits(before) && before.size() <= 3 && before[0] != '0';
  std::string_view rest = after.substr(0, std::min(after.find('.'), after.size()));
  for (bool more = true; more && can.thousands;) {
    const auto comma = rest.find(',');
    const auto group = rest.substr(0, comma);
    can.thousands = digits(group) && group.size() == 3;
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return can;
}

FieldKind read_with_comma(std::string_view text, Comma comma, float& value) {
  std::string plain(text);
  if (comma == Comma::decimal) {
    std::erase(plain, '.');  // thousands separators
    std::replace(plain.begin(), plain.end(), ',', '.');
  } else {
    std::erase(plain, ',');
  }
  return parse_number(plain, value) == NumberKind::finite ? FieldKind::number : FieldKind::text;
}

}  // namespace

FieldKind read_field(std::string_view field, const NumberStyle& style, float& value) {
  value = 0;
  const auto kind = parse_number(field, value);
  const auto text = trimmed(field);
  if (kind == NumberKind::finite) {
    // With decimal commas, a point is not a decimal sign.
    if (style.comma != Comma::decimal || text.find('.') == std::string_view::npos) return FieldKind::number;
    return digits_in_groups(without_sign(text)) ? read_with_comma(text, Comma::decimal, value) : FieldKind::text;
  }
  if (is_missing(text)) return FieldKind::missing;
  if (kind == NumberKind::not_finite) return std::isnan(value) ? FieldKind::missing : FieldKind::infinite;
  const auto can = possible(text);
  if (!can.decimal && !can.thousands) return FieldKind::text;
  Comma comma = style.comma;
  if (comma == Comma::unknown) {
    if (can.decimal && can.thousands) {
      if (style.separator != ';' && style.separator != ',') return FieldKind::ambiguous;
      comma = style.separator == ';' ? Comma::decimal : Comma::thousands;
    } else {
      comma = can.decimal ? Comma::decimal : Comma::thousands;
    }
  }
  if (comma == Comma::decimal ? !can.decimal : !can.thousands) return FieldKind::text;
  return read_with_comma(text, comma, value);
}

Comma find_comma(const std::vector<std::vector<std::string>>& rows) {
  bool decimal = false, thousands = false, point = false, grouped = false;
  for (const auto& row : rows) {
    for (const auto& field : row) {
      float value = 0;
      if (parse_number(field, value) == NumberKind::finite) {
        point = point || (field.find('.') != std::string::npos && !digits_in_groups(without_sign(trimmed(field))));
        grouped = grouped || digits_in_groups(without_sign(trimmed(field)));
        continue;
      }
      const auto can = possible(trimmed(field));
      decimal = decimal || (can.decimal && !can.thousands);
      thousands = thousands || (can.thousands && !can.decimal);
    }
  }
  if (decimal && !thousands && !point) return Comma::decimal;
  if ((thousands || point || grouped) && !decimal) return Comma::thousands;
  return Comma::unknown;
}

char find_separator(const std::vector<std::string>& rows) {
  char best = '\0';
  double best_share = -1;
  for (const char separator : {'\t', ';', ',', ' '}) {
    std::size_t numbers = 0, fields = 0, length = 0;
    bool alike = true;
    for (const auto& line : rows) {
      const auto row = split_fields(line, separator);
      alike = alike && (length == 0 || row.size() == length);
      length = std::max(length, row.size());
      for (std::size_t j = 1; j < row.size(); ++j) {
        float value = 0;
        const auto kind = read_field(row[j], {separator, Comma::unknown}, value);
        numbers += kind != FieldKind::text;
        ++fields;
      }
    }
    if (fields == 0) continue;
    const double share = static_cast<double>(numbers) / static_cast<double>(fields) + (alike ? 1 : 0);
    if (share > best_share) {
      best = separator;
      best_share = share;
    }
  }
  return best;
}

}  // namespace replearn::io
