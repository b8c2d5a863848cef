#pragma once
#include <fmt/core.h>

#include <string>

#include "app/given_options.hpp"
#include "app/progress_line.hpp"
#include "base/log.hpp"

namespace replearn::app {

/// Lowers a default value to `largest`, the maximum for the data, and logs `why`. A value given by the user is left for
/// the method to refuse. Local, the same on every rank.
template <class Number>
void lower_default(const GivenOptions& given, const std::string& verb, const std::string& option, Number& value,
                   Number largest, const std::string& why, const Log& log) {
  if (value <= largest || given.contains(option)) return;
  log.line(fmt::format("{}: --{} {:g} instead of the default of {:g}: {}", log_prefix(verb), option,
                       static_cast<double>(largest), static_cast<double>(value), why));
  value = largest;
}

/// "12 cells", for `why`; "1 cell".
inline std::string counted(Index number, const std::string& what) {
  const bool is_one = number == 1 && what.ends_with('s');
  return std::to_string(number) + " " + (is_one ? what.substr(0, what.size() - 1) : what);
}

}  // namespace replearn::app
