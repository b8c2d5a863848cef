#include "base/error.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace replearn {
namespace {

std::string join_parts(const std::string& file, const std::string& place, const std::string& what,
                       const std::string& hint) {
  std::string text;
  if (!file.empty()) text += file + ": ";
  if (!place.empty()) text += place + ": ";
  text += what;
  if (!hint.empty()) text += "; " + hint;
  return text;
}

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// Case-insensitive Levenshtein distance.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (lower(a[i - 1]) != lower(b[j - 1]))});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

InputError::InputError(std::string file, std::string place, std::string what, std::string hint)
    : std::runtime_error(join_parts(file, place, what, hint)),
      file_(std::move(file)),
      place_(std::move(place)),
      problem_(std::move(what)),
      hint_(std::move(hint)) {}

void require(bool holds, const std::string& option, const std::string& what, const std::string& hint) {
  if (!holds) throw InputError("", option, what, hint);
}

void require(bool holds, const std::string& option, double value, const std::string& hint) {
  require(holds, option, fmt::format("is {:g}", value), hint);
}

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    const bool something_in_common = distance < std::max(name.size(), candidate.size());
    if (distance < best_distance && something_in_common) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggest(std::string_view name, std::span<const std::string> candidates, std::size_t most) {
  if (const auto near = nearest_name(name, candidates); !near.empty()) return "did you mean '" + near + "'?";
  if (candidates.empty()) return "there are none";
  std::string list = "there are: ";
  for (std::size_t i = 0; i < std::min(most, candidates.size()); ++i) list += (i ? ", " : "") + candidates[i];
  if (candidates.size() > most) list += ", ... (" + std::to_string(candidates.size()) + " in all)";
  return list;
}

}  // namespace replearn
